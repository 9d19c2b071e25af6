import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committed, measure } from '../figures.mjs';

test('the entries are as large as figures.json says; if not: npm run figures', async () => {
  const [measured, written] = await Promise.all([measure(), committed()]);
  const minified = (figures) =>
    Object.fromEntries(Object.entries(figures).map(([entry, { minified }]) => [entry, minified]));
  assert.deepEqual(minified(measured), minified(written));
  // Another Node may have another zlib.
  for (const [entry, { gzip }] of Object.entries(measured)) {
    assert.ok(Math.abs(gzip - written[entry].gzip) <= gzip / 50, `${entry}: ${gzip} bytes`);
  }
});
