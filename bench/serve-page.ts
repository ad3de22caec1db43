/**
 * Serves the benchmark's page: `npm run bench:page -- [PORT]` (8080). The page is cross-origin isolated, which threads need;
 * CommonJS packages are wrapped as modules.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { describeEnvironment } from '../src/cli/environment.ts';
import { repositoryRoot } from './paths.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-cache',
};
/** First part of an address, and the folder that it stands for. */
const FOLDERS: Readonly<Record<string, string>> = {
  dist: 'dist',
  modules: 'node_modules',
  ort: 'bench/node_modules/onnxruntime-web/dist',
};

const server = createServer(async ({ url = '/' }, response) => {
  const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).slice(1);
  const [first = '', ...rest] = path.split('/');
  try {
    if (path === 'commit') {
      const { commit } = await describeEnvironment();
      response.writeHead(200, { ...HEADERS, 'Content-Type': 'application/json' }).end(JSON.stringify({ commit }));
      return;
    }
    const folder = FOLDERS[first];
    const file = folder === undefined ? 'bench/page/index.html' : join(folder, ...rest);
    const bytes = await readFile(join(repositoryRoot, file));
    response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(first === 'modules' ? asModule(bytes.toString('utf8')) : bytes);
  } catch {
    response.writeHead(404, HEADERS).end();
  }
});
server.listen(Number(process.argv[2] ?? 8080), 'localhost', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}`);
});

/** A CommonJS module that needs nothing but protobufjs, as a module whose default export is what it exports. */
function asModule(text: string): string {
  const imported = /\brequire\(["']protobufjs\/minimal["']\)/.test(text);
  return [
    imported ? "import protobuf from 'protobufjs/minimal.js';" : 'const protobuf = undefined;',
    'const module = { exports: {} };',
    '((module, exports, require) => {',
    text,
    '}).call(globalThis, module, module.exports, () => protobuf);',
    'export default module.exports;',
  ].join('\n');
}
