import { SalientError, throwIfAborted } from '../error.ts';
import { byteReader } from '../model/read-stream.ts';
import { isCalled, modelsFolder, PART, reasonOf, type SyncFile, storedModel } from './folder.ts';
import { Sha256 } from './sha256.ts';

/** A model file, where it is, and what its bytes must be. */
export interface ModelDownload {
  /** The name under which it is kept: letters, digits, `.`, `_` and `-`. */
  readonly file: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Where it may be: the next is tried where one says that it has none. Servers of other origins must allow it (CORS). */
  readonly addresses: readonly string[];
}

export interface PullSettings {
  /** Milliseconds without a byte after which a server counts as stalled. Default 30 s. */
  readonly patience?: number | undefined;
  /** Times that a broken download is taken up again. Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first retry, twice as many before the next. Default 1 s. */
  readonly pause?: number | undefined;
}

interface Watch {
  readonly signal: AbortSignal;
  /** Bytes that are here, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Bytes that are read at once of what is here already. */
const PIECE = 1 << 22;

/** An answer that no repetition will change. */
class Refused extends SalientError {}

/**
 * Brings a model into this origin's files, unless it is there: resumed where an earlier call broke off, its size and
 * SHA-256 checked, never whole in memory. Two pages at once download it once. In a worker alone.
 *
 * @throws SalientError 'bad-argument', 'io' (the server, the network, no room), 'bad-file' (other bytes than known), 'aborted'
 */
export async function pullModel(wanted: ModelDownload, settings: PullSettings, watch: Watch): Promise<Blob> {
  const { file, bytes } = wanted;
  if (!/^[\w.-]{1,200}$/.test(file) || file.endsWith(PART)) {
    throw new SalientError(
      'bad-argument',
      `a model cannot be kept as "${file}"; letters, digits, ".", "_", "-" will do`,
    );
  }
  const { signal } = watch;
  try {
    return await navigator.locks.request(`salient-relevance ${file}`, { signal }, async () => {
      const here = await storedModel(file);
      if (here?.size === bytes) return here;
      const handle = await (await modelsFolder()).getFileHandle(file + PART, { create: true });
      if (handle.createSyncAccessHandle === undefined) {
        throw new SalientError('bad-argument', 'models are downloaded in workers alone; openWorker() has pullModel()');
      }
      const part = await handle.createSyncAccessHandle();
      try {
        await requireRoom(wanted, part.getSize());
        await fromAny(wanted, part, settings, watch);
      } finally {
        part.close();
      }
      await handle.move(file);
      return (await storedModel(file))!;
    });
  } catch (cause) {
    if (signal.aborted) throw new SalientError('aborted', `the download of ${file} was interrupted`, { cause });
    if (cause instanceof SalientError) throw cause;
    if (isCalled(cause, 'QuotaExceededError')) throw noRoom(wanted, undefined, cause);
    throw new SalientError('io', `cannot keep ${file}: ${reasonOf(cause)}`, { cause });
  }
}

async function requireRoom(wanted: ModelDownload, here: number): Promise<void> {
  const { quota, usage = 0 } = await navigator.storage.estimate();
  if (quota !== undefined && wanted.bytes - here > quota - usage) throw noRoom(wanted, Math.max(quota - usage, 0));
}

function noRoom({ file, bytes }: ModelDownload, left: number | undefined, cause?: unknown): SalientError {
  const has = left === undefined ? 'has no more room for this page' : `leaves this page ${megabytes(left)}`;
  const message = `${file} takes ${megabytes(bytes)}, but the browser ${has}; remove other models, or free some of the disk`;
  return new SalientError('io', message, { cause });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function fromAny(wanted: ModelDownload, part: SyncFile, settings: PullSettings, watch: Watch): Promise<void> {
  const refused: string[] = [];
  for (const address of wanted.addresses) {
    try {
      return await download(address, wanted, part, settings, watch);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push(error.message);
    }
  }
  throw new SalientError('io', `${wanted.file} is not where it was: ${refused.join('; ')}`);
}

async function download(
  address: string,
  wanted: ModelDownload,
  part: SyncFile,
  settings: PullSettings,
  { signal, onProgress }: Watch,
): Promise<void> {
  const { retries = 5, pause = 1000, patience = 30_000 } = settings;
  // What an earlier call left may be of another file; whether it is shows at the end.
  let mayBeStale = part.getSize() > 0;
  for (let attempt = 0; ; attempt++) {
    try {
      const sha256 = await fill(address, wanted, part, { signal, onProgress, patience });
      if (sha256 === wanted.sha256) return;
      part.truncate(0);
      if (!mayBeStale) {
        throw new SalientError(
          'bad-file',
          `${address} is not the file that is known: its SHA-256 is ${sha256}, expected ${wanted.sha256}; try again later, or get it elsewhere`,
        );
      }
      mayBeStale = false;
    } catch (cause) {
      throwIfAborted(signal);
      if (cause instanceof SalientError || isCalled(cause, 'QuotaExceededError')) throw cause;
      if (attempt >= retries) {
        throw new SalientError(
          'io',
          `the download of ${address} broke off at ${part.getSize()} of ${wanted.bytes} bytes (${reasonOf(cause)}); try again to go on from there`,
          { cause },
        );
      }
      await orAborted(new Promise((resolve) => setTimeout(resolve, pause * 2 ** attempt)), signal);
    }
  }
}

/** Brings the part to its whole size; returns its SHA-256. */
async function fill(
  address: string,
  { bytes }: ModelDownload,
  part: SyncFile,
  { signal, onProgress, patience }: Watch & { readonly patience: number },
): Promise<string> {
  if (part.getSize() > bytes) part.truncate(0);
  let hash = await hashOf(part, signal);
  let done = part.getSize();
  if (done === bytes) return hash.digest();
  const controller = new AbortController();
  const end = () => controller.abort(signal.reason);
  signal.addEventListener('abort', end);
  /** What comes of a promise, unless it takes too long. */
  const soon = async <T>(promise: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => controller.abort(new Error(`nothing came for ${patience / 1000} s`)), patience);
    try {
      return await orAborted(promise, controller.signal);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    const headers = done > 0 ? { range: `bytes=${done}-` } : {};
    // What is kept as a file need not lie in the browser's cache as well.
    const answer = await soon(fetch(address, { headers, signal: controller.signal, cache: 'no-store' }));
    const { status, body } = answer;
    if (status === 416 || (status === 200 && done > 0)) {
      // Ranges are not to be had: from the beginning.
      part.truncate(0);
      if (status !== 200) throw new Error('the server does not know where we were');
      done = 0;
      hash = new Sha256();
    } else if (status >= 500 || status === 429) throw new Error(`the server answered ${status}`);
    else if (!answer.ok || body === null) throw new Refused('io', `${address}: the server answered ${status}`);
    const length = answer.headers.get('content-encoding') === null && answer.headers.get('content-length');
    if (length && done + Number(length) !== bytes) {
      throw new SalientError(
        'bad-file',
        `${address} has ${done + Number(length)} bytes, expected ${bytes}: it is not the file that is known; try again later, or get it elsewhere`,
      );
    }
    const reader = byteReader(body!);
    onProgress?.(done, bytes);
    for (let piece = await soon(reader.read()); piece !== undefined; piece = await soon(reader.read())) {
      const kept = piece.subarray(0, bytes - done + 1);
      if (part.write(kept, { at: done }) < kept.length) throw new DOMException('no more room', 'QuotaExceededError');
      hash.update(kept);
      done += kept.length;
      onProgress?.(Math.min(done, bytes), bytes);
      if (done > bytes) break;
    }
    if (done < bytes) throw new Error('the connection was closed too early');
    return hash.digest();
  } finally {
    signal.removeEventListener('abort', end);
    controller.abort();
  }
}

/** The hash of what is there, to be gone on with. */
async function hashOf(part: SyncFile, signal: AbortSignal): Promise<Sha256> {
  const hash = new Sha256();
  const piece = new Uint8Array(Math.min(PIECE, part.getSize()));
  for (let at = 0; at < part.getSize(); at += piece.length) {
    hash.update(piece.subarray(0, part.read(piece, { at })));
    // Messages, such as that the call is aborted, come between pieces.
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(signal);
  }
  return hash;
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
