import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import type { KnownModel } from '../../src/model/known-models.ts';
import { type PullOptions, pullModel } from '../../src/store/pull.ts';

export const BYTES = Buffer.alloc(300_000);
for (let i = 0; i < BYTES.length; i++) BYTES[i] = (i * 2654435761) >>> 13;
export const SHA256 = createHash('sha256').update(BYTES).digest('hex');
/** The model that the server has. */
export const MODEL: KnownModel = {
  name: 'tiny',
  file: 'tiny-12.onnx',
  bytes: BYTES.length,
  sha256: SHA256,
  preprocessing: 'imagenet',
  about: 'made up',
};

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on loopback, an empty cache folder, and what was asked of the server; all gone afterwards. */
export async function withServer(
  handler: Handler,
  work: (at: {
    pull: (options?: PullOptions) => ReturnType<typeof pullModel>;
    folder: string;
    asked: string[];
    address: string;
  }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'salient-store-'));
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    handler(request, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = { SALIENT_CACHE: folder, SALIENT_MIRROR: address };
  const pull = (options: PullOptions = {}) =>
    pullModel('tiny', { variables, models: [MODEL], patience: 400, retries: 2, pause: 5, ...options });
  try {
    await work({ pull, folder, asked, address });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Answers as a file server does, ranges included. */
export function serve(request: IncomingMessage, response: ServerResponse): void {
  serveBytes(BYTES, request, response);
}

export function serveBytes(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const ranged = request.headers.range !== undefined;
  response.writeHead(ranged ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(ranged && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.end(bytes.subarray(from));
}

/** Sends the first bytes of what was asked for, then cuts the line. */
export function cutAfter(count: number, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': BYTES.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` }),
  });
  response.write(BYTES.subarray(from, from + count), () => setTimeout(() => response.destroy(), 20));
}

/** The error that a call ends with. */
export async function failure(result: Promise<unknown>): Promise<SalientError> {
  try {
    await result;
  } catch (error) {
    assert.instance(error, SalientError);
    return error as SalientError;
  }
  throw new Error('expected a failure');
}

/** The files of a folder. */
export const here = (folder: string) => readdirSync(folder).sort();
