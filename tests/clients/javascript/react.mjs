// A page with the example for React.

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Resolves to the page's script. It tells the ID token, or the error's name, by the page's title. */
export async function reactPage(config) {
  const contents = `
    import { createElement } from 'react';
    import { createRoot } from 'react-dom/client';
    import { configure } from './examples/amplify';
    import { SignIn } from './examples/react';
    configure(${JSON.stringify(config)});
    const tell = (title) => (document.title = title);
    const props = { onSignedIn: (token) => tell('Signed in: ' + token), onError: ({ name }) => tell(name) };
    createRoot(document.getElementById('root')).render(createElement(SignIn, props));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    format: 'esm',
    write: false,
  });
  return outputFiles[0].text;
}
