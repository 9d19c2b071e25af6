// The package of clients/javascript and a library in one file, which the page in crates/local/page loads. `node bundle.mjs`
// writes it.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export const VENDOR = fileURLToPath(new URL('../../../crates/local/page/vendor/', import.meta.url));

// What the page imports, and nothing else.
const BUNDLES = {
  'cognito-voice-otp.js': `
    export { clock, createSignIn, digitsOf, failureOf, isPending } from 'cognito-voice-otp';
    export { identityJsClient } from 'cognito-voice-otp/identity-js';
    export { CognitoUserPool } from 'amazon-cognito-identity-js';`,
};

// This project's own, under its own licence.
const OWN = 'node_modules/cognito-voice-otp';

// What is linked may have these and no others.
const LICENCES = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT'];

// Words of the licences themselves, and not of what only names one.
const LICENCE_WORDS = /Permission is hereby granted|Permission to use, copy|Redistribution and use in|Licensed under the Apache License/;

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** Resolves to the files by their names: the bundles, and the licences of all that is in them. */
export async function bundles() {
  const files = {};
  /** What of each package is in a bundle. */
  const folders = new Map();
  for (const [name, contents] of Object.entries(BUNDLES)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: HERE, sourcefile: name },
      absWorkingDir: HERE,
      bundle: true,
      // The older library has Node's name for the page's own.
      define: { global: 'globalThis' },
      format: 'esm',
      legalComments: 'none',
      logLevel: 'error',
      metafile: true,
      minify: true,
      target: 'es2022',
      write: false,
    });
    files[name] = outputFiles[0].text;
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];
        if (folder && folder !== OWN && bytesInOutput > 0) folders.set(folder, (folders.get(folder) ?? new Set()).add(input));
      }
    }
  }
  files['LICENSES.txt'] = await licences([...folders].sort(([one], [other]) => (one < other ? -1 : 1)));
  return files;
}

/** What the packages are under, each text once, for it is the same in many of them. */
async function licences(folders) {
  const packages = new Map();
  for (const [folder, inputs] of folders) {
    const { name, version, license, author } = JSON.parse(await readFile(path.join(HERE, folder, 'package.json'), 'utf8'));
    if (!LICENCES.includes(license)) throw new Error(`${name} is under ${license}, which is not among ${LICENCES}`);
    const own = await licenceText(path.join(HERE, folder));
    const text = own || standardText(name, license, author?.name ?? author ?? (await readmeOwner(path.join(HERE, folder))));
    const key = [text, ...(await notices([...inputs].sort(), text))].join('\n\n');
    packages.set(key, [...(packages.get(key) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...packages].map(([text, names]) => `${[...new Set(names)].sort().join('\n')}\n\n${text}\n`);
  return parts.sort().join(`\n${'-'.repeat(80)}\n\n`);
}

/** The text that comes with a package, if one does. */
async function licenceText(folder) {
  const files = (await readdir(folder)).sort();
  const named = files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = await Promise.all(named.map((file) => readFile(path.join(folder, file), 'utf8')));
  if (texts.length === 0) {
    const section = await readmeSection(folder);
    if (LICENCE_WORDS.test(section)) texts.push(section);
  }
  return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
}

/** Where a package has no text of its own: whose it is, and what it is under. */
function standardText(name, license, owner) {
  if (!owner) throw new Error(`${name} has no licence text, and doesn't say whose it is`);
  if (license === 'MIT') return `MIT License\n\nCopyright (c) ${owner}\n\n${MIT}`;
  if (license === 'Apache-2.0') return `${license}, as below. Copyright ${owner}`;
  throw new Error(`${name} has no licence text`);
}

async function readmeOwner(folder) {
  return (await readmeSection(folder)).match(/(?:©|\(c\)) *\[?([^\](\n]+)/i)?.[1].trim();
}

async function readmeSection(folder) {
  const readme = (await readdir(folder)).find((file) => /^readme/i.test(file));
  return (readme && (await readFile(path.join(folder, readme), 'utf8')).match(/^#+ *licen[cs]e\b.*$([^]*)/im)?.[1]) || '';
}

/** The licences that stand in files of a package, of code that came from elsewhere. */
async function notices(inputs, text) {
  const found = new Set();
  const bare = (words) => words.replaceAll(/\W+/g, ' ');
  for (const input of inputs) {
    for (const [, comment] of (await readFile(path.join(HERE, input), 'utf8')).matchAll(/\/\*([^]*?)\*\//g)) {
      const notice = comment.replaceAll(/^ *\* ?/gm, '').replaceAll(/^[\s!*]+|[\s*]+$/g, '');
      if (LICENCE_WORDS.test(notice) && !bare(text).includes(bare(notice))) found.add(notice);
    }
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(VENDOR, { recursive: true });
  for (const [name, text] of Object.entries(await bundles())) await writeFile(path.join(VENDOR, name), text);
}
