import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { describeEnvironment } from '../src/cli/environment.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { repositoryRoot } from './paths.ts';

const HELP = `usage: npm run bench:page -- [PORT]

Serves the benchmark's page on this machine alone; default: port 8080, and with 0 one that is free. The page is
cross-origin isolated, which threads need.`;

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
  try {
    const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).slice(1);
    const [first = '', ...rest] = path.split('/');
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

await runScript({ help: HELP, options: {}, words: { least: 0, most: 1 } }, async ({ positionals: [word = '8080'] }) => {
  const wanted = Number(word);
  if (word.trim() === '' || !Number.isInteger(wanted) || wanted < 0 || wanted > 65535) {
    throw new SalientError('bad-argument', `the port is "${word}"; expected a whole number from 0 to 65535`);
  }
  await listening(wanted);
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}`);
});

function listening(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'another program listens there' : message;
      reject(new SalientError('io', `cannot listen on port ${port}: ${reason}; choose another port`));
    });
    server.listen(port, 'localhost', resolve);
  });
}

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
