import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { SalientError, throwIfAborted } from '../error.ts';
import { get, type RequestSettings } from './request.ts';

/** What a download must be. */
export interface Wanted {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export interface DownloadSettings extends RequestSettings {
  /** Times that a broken download is taken up again. */
  readonly retries: number;
  /** Milliseconds before the first retry; each further one waits twice as long. */
  readonly pause: number;
  /** Bytes that are here, after each piece. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** An answer that no repetition will change. */
export class Refused extends SalientError {
  readonly status: number;

  constructor(address: URL, status: number) {
    super('io', `${address.href}: the server answered ${status}`);
    this.status = status;
  }
}

/**
 * Downloads a file to `path`, which only ever names the whole of it: bytes gather in `path`.part, from which a later call
 * goes on, and are checked before they get the name.
 *
 * @throws SalientError 'io' where the server, the network or the disk fails, {@link Refused} where it answers so;
 *   'bad-file' where its bytes are others than wanted; 'aborted'.
 */
export async function download(address: URL, path: string, wanted: Wanted, settings: DownloadSettings): Promise<void> {
  const part = `${path}.part`;
  const resumed = await sizeOf(part);
  // What an earlier call left may be of another file; whether it is shows at the end.
  let mayBeStale = resumed > 0;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(settings.signal);
    try {
      const sha256 = await fill(address, part, wanted.bytes, settings);
      if (sha256 === wanted.sha256) {
        await rename(part, path);
        return;
      }
      await rm(part);
      if (!mayBeStale) {
        throw new SalientError(
          'bad-file',
          `${address.href} is not the file that is known: its SHA-256 is ${sha256}, expected ${wanted.sha256}; try again later, or get it elsewhere`,
        );
      }
      mayBeStale = false;
    } catch (cause) {
      throwIfAborted(settings.signal);
      if (cause instanceof SalientError || isOfDisk(cause)) throw cause;
      if (attempt >= settings.retries) {
        const done = await sizeOf(part);
        throw new SalientError(
          'io',
          `the download of ${address.href} broke off at ${done} of ${wanted.bytes} bytes (${(cause as Error).message}); call again to go on from there`,
          { cause },
        );
      }
      await pause(settings.pause * 2 ** attempt, undefined, { signal: settings.signal });
    }
  }
}

/** Brings `part` to its whole size; returns its SHA-256. */
async function fill(address: URL, part: string, bytes: number, settings: DownloadSettings): Promise<string> {
  let from = await sizeOf(part);
  if (from > bytes) {
    await rm(part);
    from = 0;
  }
  let hash = await hashOf(part, from, settings.signal);
  if (from === bytes) return hash.digest('hex');
  const range = from > 0 ? { range: `bytes=${from}-` } : {};
  const answer = await get(address, { 'accept-encoding': 'identity', ...range }, settings);
  try {
    const { statusCode = 0 } = answer;
    if (statusCode === 416 || (statusCode === 200 && from > 0) || (statusCode === 206 && startOf(answer) !== from)) {
      // Ranges are not to be had: from the beginning.
      await rm(part, { force: true });
      if (statusCode !== 200) throw new Error('the server does not know where we were');
      from = 0;
      hash = createHash('sha256');
    } else if (statusCode >= 500 || statusCode === 429) throw new Error(`the server answered ${statusCode}`);
    else if (statusCode !== 200 && statusCode !== 206) throw new Refused(address, statusCode);
    const length = Number(answer.headers['content-length'] ?? bytes - from);
    if (from + length !== bytes) {
      throw new SalientError(
        'bad-file',
        `${address.href} has ${from + length} bytes, expected ${bytes}: it is not the file that is known; try again later, or get it elsewhere`,
      );
    }
    const file = await open(part, 'a');
    try {
      await pour(answer, file, { from, bytes, hash, settings });
    } finally {
      await file.close();
    }
  } finally {
    answer.destroy();
  }
  return hash.digest('hex');
}

interface Pouring {
  readonly from: number;
  readonly bytes: number;
  readonly hash: Hash;
  readonly settings: DownloadSettings;
}

async function pour(answer: IncomingMessage, file: FileHandle, { from, bytes, hash, settings }: Pouring) {
  let done = from;
  settings.onProgress?.(done);
  for await (const piece of answer as AsyncIterable<Buffer>) {
    const kept = piece.subarray(0, bytes - done);
    await file.appendFile(kept);
    hash.update(kept);
    done += kept.length;
    settings.onProgress?.(done);
    if (kept.length < piece.length) break;
  }
  if (done < bytes) throw new Error('the connection was closed too early');
  await file.sync();
}

/** The hash of what is there, to be gone on with. */
async function hashOf(path: string, size: number, signal: AbortSignal): Promise<Hash> {
  const hash = createHash('sha256');
  if (size > 0) for await (const piece of createReadStream(path, { signal })) hash.update(piece as Buffer);
  return hash;
}

/** Where a part of the file begins that the server sends. */
function startOf({ headers }: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

const OF_DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'EDQUOT', 'EISDIR', 'ENOENT']);

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && OF_DISK.has(String(error.code)) && 'path' in error;
}
