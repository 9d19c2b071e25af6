// What each entry of the package adds to a page: bytes, minified by esbuild, and compressed by gzip. The libraries and React
// are not in it. `node figures.mjs` writes figures.json.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Resolves to the figures by the names of the entries. The package must be built. */
export async function measure() {
  const { exports: entries } = JSON.parse(await readFile(file('package.json'), 'utf8'));
  const figures = {};
  for (const [entry, { default: path }] of Object.entries(entries)) {
    const options = { entryPoints: [file(path)], bundle: true, packages: 'external', format: 'esm', target: 'es2022' };
    const { outputFiles } = await build({ ...options, minify: true, write: false });
    const [{ contents }] = outputFiles;
    figures[entry] = { minified: contents.length, gzip: gzipSync(contents, { level: 9 }).length };
  }
  return figures;
}

export const committed = async () => JSON.parse(await readFile(file('figures.json'), 'utf8'));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(file('figures.json'), `${JSON.stringify(await measure(), undefined, 2)}\n`);
}
