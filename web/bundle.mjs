// Makes dist/salient-relevance.browser.js out of the compiled library: one ES module that needs no other file, with the
// shaders and the WebAssembly kernels inside. Class names of ImageNet stay a file of their own beside it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minifyWgsl } from './minify-wgsl.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** What the bundle is in a worker of this name, that it started itself. */
const ROLES = [
  { name: 'salient-relevance', serve: 'serveHost', module: 'worker/serve-host.js' },
  { name: 'salient-relevance thread', serve: 'serveThread', module: 'tensor/wasm/serve-thread.js' },
];

/** `await import('./x.js')` of a module becomes a static import: the bundle is one file, and smaller so. */
function withoutLazyImports(text) {
  const heads = [];
  const body = text.replaceAll(/\bimport\((['"][^'"]+['"])\)/g, (_, specifier) => {
    heads.push(`import * as lazy${heads.length} from ${specifier};`);
    return `Promise.resolve(lazy${heads.length - 1})`;
  });
  return `${heads.join('')}${body}`;
}

const NODE_ALONE = /[/\\](node-thread|node-worker|node-host|files|dawn)\.js$/;

const plugin = {
  name: 'salient-relevance',
  setup(bundle) {
    bundle.onResolve({ filter: /imagenet-classes\.js$/ }, () => ({
      path: './salient-relevance.classes.js',
      external: true,
    }));
    bundle.onLoad({ filter: /[/\\]dist[/\\]src[/\\].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (/shaders\.generated\.js$/.test(path)) return { contents: minifyWgsl(text) };
      if (NODE_ALONE.test(path)) return { contents: nodeStub(text) };
      // A worker's module is this one, which is started once more.
      const self = text.replaceAll(/new URL\('\.\/[\w-]+\.js', import\.meta\.url\)/g, 'import.meta.url');
      return { contents: /imagenet-classes/.test(self) ? self : withoutLazyImports(self) };
    });
  },
};

/** What a module of Node's exports, as names only: in a browser nobody comes to them. */
function nodeStub(text) {
  const names = [...text.matchAll(/export (?:async )?(?:function|const|class) (\w+)/g)].map(([, name]) => name);
  return names.map((name) => `export const ${name} = undefined;`).join('\n');
}

export async function bundle() {
  const entry = [
    `export * from '${dist}src/browser/index.js';`,
    ...ROLES.map(({ serve, module }) => `import { ${serve} } from '${dist}src/${module}';`),
    "const role = typeof WorkerGlobalScope === 'undefined' ? '' : globalThis.name;",
    ...ROLES.map(({ name, serve }) => `if (role === '${name}') ${serve}();`),
  ].join('\n');
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: dist, loader: 'js' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    legalComments: 'none',
    logLevel: 'error',
    banner: { js: '/* salient-relevance, MIT licence */' },
    plugins: [plugin],
  });
  put(`${dist}salient-relevance.browser.js`, outputFiles[0].contents);
  put(`${dist}salient-relevance.classes.js`, readFileSync(`${dist}src/image/imagenet-classes.js`));
}

function put(path, contents) {
  writeFileSync(`${path}.tmp`, contents);
  renameSync(`${path}.tmp`, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
