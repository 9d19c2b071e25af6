// The examples can be pasted into a strict TypeScript project.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LIMIT } from './stack.mjs';

test('tsc --strict has nothing against the examples', LIMIT, async () => {
  const tsc = fileURLToPath(new URL('node_modules/.bin/tsc', import.meta.url));
  const run = promisify(execFile)(tsc, ['--project', fileURLToPath(new URL('.', import.meta.url))]);
  // It writes what it finds to stdout.
  assert.equal(await run.then(({ stdout }) => stdout, ({ stdout }) => stdout), '');
});
