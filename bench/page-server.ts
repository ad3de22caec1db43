import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { describeEnvironment } from '../src/cli/environment.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { repositoryRoot } from './paths.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.ts': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wgsl': 'text/plain; charset=utf-8',
};
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-cache',
};

/** A page of this checkout; files are named from its root. */
export interface ServedPage {
  readonly help: string;
  /** What is served where the address names no folder. */
  readonly index: string;
  /** First part of an address, and the folder that it stands for. */
  readonly folders: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent in place of a file's bytes, by the address's first part. */
  readonly change?: (first: string, bytes: Buffer) => Buffer | string;
}

/**
 * A script that serves a page on this machine alone, at the port that is its one word (default 8080; with 0 one that is
 * free), and prints its address. The page is cross-origin isolated, and learns the checkout's commit from `/commit`.
 */
export async function servePage(page: ServedPage): Promise<void> {
  const server = serverOf(page);
  await runScript({ help: page.help, options: {}, words: { least: 0, most: 1 } }, async ({ positionals }) => {
    const [word = '8080'] = positionals;
    const wanted = Number(word);
    if (word.trim() === '' || !Number.isInteger(wanted) || wanted < 0 || wanted > 65535) {
      throw new SalientError('bad-argument', `the port is "${word}"; expected a whole number from 0 to 65535`);
    }
    await listening(server, wanted);
    const { port } = server.address() as AddressInfo;
    console.log(`http://localhost:${port}`);
  });
}

function serverOf({ index, folders, headers, change = (_, bytes) => bytes }: ServedPage): Server {
  const all = { ...HEADERS, ...headers };
  return createServer(async ({ url = '/' }, response) => {
    try {
      const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).slice(1);
      const [first = '', ...rest] = path.split('/');
      if (path === 'commit') {
        const { commit } = await describeEnvironment();
        response.writeHead(200, { ...all, 'Content-Type': 'application/json' }).end(JSON.stringify({ commit }));
        return;
      }
      const folder = folders[first];
      const file = folder === undefined ? index : join(folder, ...rest);
      const bytes = await readFile(join(repositoryRoot, file));
      response.writeHead(200, { ...all, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(change(first, bytes));
    } catch {
      response.writeHead(404, all).end();
    }
  });
}

function listening(server: Server, wanted: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'another program listens there' : message;
      reject(new SalientError('io', `cannot listen on port ${wanted}: ${reason}; choose another port`));
    });
    server.listen(wanted, 'localhost', resolve);
  });
}
