import { SalientError, throwIfAborted } from '../error.ts';

/** Bytes on their way. */
export interface ModelStream {
  readonly body: ReadableStream<Uint8Array>;
  /** How many there will be, where that is known. */
  readonly total?: number | undefined;
  /** What they are, for messages. */
  readonly name: string;
}

export interface ReadStreamOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onDownload?: ((done: number, total: number | undefined) => void) | undefined;
}

/**
 * Reads a stream to its end. Where its length is known the bytes are written where they stay, and are never there twice.
 * @throws SalientError 'io' where it breaks off or has another length than was said
 */
export async function readStream({ body, total, name }: ModelStream, options: ReadStreamOptions): Promise<Uint8Array> {
  const { signal, onDownload } = options;
  let bytes = new Uint8Array(total ?? FIRST_BYTES);
  let done = 0;
  const reader = byteReader(body);
  try {
    while (true) {
      throwIfAborted(signal);
      const value = await reader.read();
      if (value === undefined) break;
      if (done + value.length > bytes.length) {
        if (total !== undefined) throw wrongLength(name, `more than the ${total} bytes that were announced`);
        const grown = new Uint8Array(Math.max(2 * bytes.length, done + value.length));
        grown.set(bytes.subarray(0, done));
        bytes = grown;
      }
      bytes.set(value, done);
      done += value.length;
      onDownload?.(done, total);
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    throwIfAborted(signal);
    if (cause instanceof SalientError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SalientError('io', `${name} broke off after ${done} bytes (${reason}); try again`, { cause });
  }
  if (total !== undefined && done < total) throw wrongLength(name, `${done} of the ${total} bytes that were announced`);
  return bytes.subarray(0, done);
}

const FIRST_BYTES = 1 << 20;
const PIECE = 1 << 18;

/** Reads a stream piece by piece; a piece is to be used before the next is asked for. */
export interface ByteReader {
  read(): Promise<Uint8Array | undefined>;
  cancel(reason?: unknown): Promise<void>;
}

/**
 * A reader of bytes, all pieces in one buffer where the stream can do so: else a garbage collector lets hundreds of
 * megabytes of pieces gather before it looks at them.
 */
export function byteReader(body: ReadableStream<Uint8Array>): ByteReader {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = body.getReader({ mode: 'byob' });
  } catch {
    const reader = body.getReader();
    return { read: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) };
  }
  let buffer = new ArrayBuffer(PIECE);
  return {
    async read() {
      const { done, value } = await byob.read(new Uint8Array(buffer));
      if (value !== undefined) buffer = value.buffer;
      return done ? undefined : value;
    },
    cancel: (reason) => byob.cancel(reason),
  };
}

function wrongLength(name: string, found: string): SalientError {
  return new SalientError('io', `${name} holds ${found}; try again`);
}
