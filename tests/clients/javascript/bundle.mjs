// The libraries that the page in crates/local/page loads, each in one file. `node bundle.mjs` writes them anew.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export const VENDOR = fileURLToPath(new URL('../../../crates/local/page/vendor/', import.meta.url));

// What the examples and the page import, and nothing else.
const BUNDLES = {
  'identity-js.js': `
    export { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';`,
  // Two modules of one library, which share what was configured: so they are one file.
  'amplify.js': `
    export { Amplify } from 'aws-amplify';
    export { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';`,
};

// What is linked may have these and no others.
const LICENCES = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Resolves to the files by their names: the bundles, and the licences of all that is in them. */
export async function bundles() {
  const files = {};
  const folders = new Set();
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
        if (folder && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  files['LICENSES.txt'] = await licences([...folders].sort());
  return files;
}

/** What the packages are under, each text once, for it is the same in many of them. */
async function licences(folders) {
  const packages = new Map();
  for (const folder of folders) {
    const { name, version, license, author } = JSON.parse(await readFile(path.join(HERE, folder, 'package.json'), 'utf8'));
    if (!LICENCES.includes(license)) throw new Error(`${name} is under ${license}, which is not among ${LICENCES}`);
    const text = await licenceText(path.join(HERE, folder));
    // Where a package has no text of its own: whose it is, and what it is under.
    const owner = typeof author === 'string' ? author : author?.name;
    const key = text || `${license}, as below. ${owner ? `Copyright ${owner}` : ''}`.trim();
    packages.set(key, [...(packages.get(key) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...packages].map(([text, names]) => `${[...new Set(names)].sort().join('\n')}\n\n${text}\n`);
  return parts.sort().join(`\n${'-'.repeat(80)}\n\n`);
}

async function licenceText(folder) {
  const files = (await readdir(folder)).sort();
  const named = files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = await Promise.all(named.map((file) => readFile(path.join(folder, file), 'utf8')));
  if (texts.length === 0) {
    const readme = files.find((file) => /^readme/i.test(file));
    const section = readme && (await readFile(path.join(folder, readme), 'utf8')).match(/^#+ *licen[cs]e\b.*$([^]*)/im);
    if (section) texts.push(section[1]);
  }
  return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(VENDOR, { recursive: true });
  for (const [name, text] of Object.entries(await bundles())) await writeFile(path.join(VENDOR, name), text);
}
