import { SalientError } from '../error.ts';
import type { Device } from '../tensor/device.ts';
import { Model, type ModelOptions } from './model.ts';

export interface LoadModelOptions extends ModelOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes read of a download, and how many there will be where the server says so. */
  readonly onDownload?: ((done: number, total: number | undefined) => void) | undefined;
}

/**
 * Opens an ONNX model: bytes in memory, an http(s) URL, or a path or file URL (Node and Deno).
 * @throws SalientError 'io', 'bad-file', 'bad-model', 'unsupported', …: what is wrong with it, in one line.
 */
export async function loadModel(
  device: Device,
  source: Uint8Array | URL | string,
  options: LoadModelOptions = {},
): Promise<Model> {
  if (source instanceof Uint8Array) return Model.open(device, source, options);
  const address = String(source);
  if (/^(https?|blob|data):/.test(address)) return Model.open(device, await download(address, options), options);
  // Imported only here, so that bundles for the web need no file system.
  const { readModelFile } = await import('../onnx/files.ts');
  const { bytes, readExternal } = await readModelFile(address);
  return Model.open(device, bytes, { readExternal, ...options }).catch((error: unknown) => {
    if (!(error instanceof SalientError) || !ABOUT_THE_FILE.has(error.code)) throw error;
    throw new SalientError(error.code, `${address}: ${error.message}`, { cause: error });
  });
}

/** Codes of errors whose message should begin with the file's name. */
const ABOUT_THE_FILE: ReadonlySet<string> = new Set(['bad-file', 'bad-model', 'unsupported', 'shape-mismatch']);

async function download(address: string, { signal, onDownload }: LoadModelOptions): Promise<Uint8Array> {
  const response = await fetch(address, signal ? { signal } : {}).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new SalientError('io', `cannot download ${address}; check the address and the network`, { cause });
  });
  if (!response.ok || response.body === null) {
    throw new SalientError('io', `cannot download ${address}: the server answered ${response.status}`);
  }
  const length = Number(response.headers.get('content-length')) || undefined;
  const chunks: Uint8Array[] = [];
  let done = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    done += chunk.length;
    onDownload?.(done, length);
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
