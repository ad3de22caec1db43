import type { FileHandle } from 'node:fs/promises';
import { SalientError, throwIfAborted } from '../error.ts';
import type { ReadExternal } from './external.ts';

// Not imported: bundles for the web reach this file, and must meet no `node:` specifier.
const { constants } = process.getBuiltinModule('node:fs');
const { open, realpath } = process.getBuiltinModule('node:fs/promises');
const { dirname, isAbsolute, join, relative, sep } = process.getBuiltinModule('node:path');
const { fileURLToPath } = process.getBuiltinModule('node:url');

/** Protocol buffers cannot hold more. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** A model's bytes, and how to read the data files beside it: what `parseModel` wants. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly readExternal: ReadExternal;
}

/**
 * Reads an .onnx file, of a path or a `file:` URL, into one buffer.
 * @throws SalientError 'io' where it cannot be read, 'bad-file' where it is too large to be an ONNX file, 'bad-argument'
 * where the URL is that of another machine, 'aborted'.
 */
export async function readModelFile(source: string, signal?: AbortSignal | undefined): Promise<ModelFile> {
  const path = source.startsWith('file:') ? pathOf(source) : source;
  const bytes = await withFile(path, async (file, size) => {
    if (size > MAX_MODEL_BYTES) {
      throw new SalientError(
        'bad-file',
        `"${path}" has ${size} bytes, but an ONNX file holds at most ${MAX_MODEL_BYTES}; save the model with external data`,
      );
    }
    return readRange(file, path, 0, size, signal);
  });
  return { bytes, readExternal: externalReader(dirname(path), signal) };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new SalientError('bad-argument', `"${url}" is no file of this machine (${reason}); give a path`, { cause });
  }
}

/** Reads data files inside `folder`; links that lead out of it are refused. */
function externalReader(folder: string, signal: AbortSignal | undefined): ReadExternal {
  return async (path, offset, length) => {
    const full = join(folder, path);
    const inside = await resolved(folder);
    const target = relative(inside, await resolved(full));
    if (target === '..' || target.startsWith(`..${sep}`) || isAbsolute(target)) {
      throw new SalientError(
        'bad-file',
        `external data "${path}" leads out of "${folder}"; put the data file itself there`,
      );
    }
    return withFile(full, (file, size) => {
      if (offset + length > size) {
        throw new SalientError(
          'bad-file',
          `external data "${path}" has ${size} bytes, but the model reads ${length} from ${offset} on; download it again`,
        );
      }
      return readRange(file, full, offset, length, signal);
    });
  };
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    // A pipe without a writer would keep a plain open waiting for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await file.stat();
    if (!stats.isFile()) throw new SalientError('io', `"${path}" is no file; give the path of a model file`);
    return await use(file, stats.size);
  } catch (error) {
    throw error instanceof SalientError ? error : cannotRead(path, error);
  } finally {
    await file?.close();
  }
}

/** Bytes of a file that are read at once: an abort waits for no more of them. */
const PIECE = 1 << 24;

async function readRange(
  file: FileHandle,
  path: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  for (let at = 0; at < length; ) {
    throwIfAborted(signal);
    const { bytesRead } = await file.read(bytes, at, Math.min(length - at, PIECE), offset + at);
    if (bytesRead === 0) throw new SalientError('io', `"${path}" became shorter while it was read; try again`);
    at += bytesRead;
  }
  return bytes;
}

function cannotRead(path: string, error: unknown): SalientError {
  const reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error;
  return new SalientError('io', `cannot read "${path}": ${reason}`, { cause: error });
}
