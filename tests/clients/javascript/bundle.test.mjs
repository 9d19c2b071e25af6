// The committed bundle is made of the package, and of its library in package-lock.json.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { VENDOR, bundles } from './bundle.mjs';

test('building the bundles again gives what is committed; if not: node bundle.mjs', async () => {
  const files = await bundles();
  assert.deepEqual((await readdir(VENDOR)).sort(), Object.keys(files).sort());
  for (const [name, text] of Object.entries(files)) {
    // Not assert.equal, which would print both.
    assert.ok(text === (await readFile(path.join(VENDOR, name), 'utf8')), `${name} differs`);
  }
});
