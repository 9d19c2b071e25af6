// The examples of docs/integrate.md, as they stand there.

import { register } from 'node:module';

register('./typescript.mjs', import.meta.url);

export const amplify = await import('./examples/amplify.ts');
export const identityJs = await import('./examples/identity-js.ts');
