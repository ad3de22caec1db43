import { SalientError, throwIfAborted } from '../error.ts';
import type { Device } from '../tensor/device.ts';
import { hasNodeModules } from '../tensor/runtime.ts';
import { Model } from './model.ts';
import type { ModelOptions } from './own-settings.ts';
import { type ModelStream, readStream } from './read-stream.ts';

/** How a network is read, from where it is not all in one file. */
export interface LoadModelOptions extends ModelOptions {
  /** Bytes read of a download or a stream, and how many there will be where that is known. */
  readonly onDownload?: ((done: number, total: number | undefined) => void) | undefined;
}

/**
 * Where a model comes from: its bytes; a file of an `<input>` or another Blob; the answer to a `fetch`, or its body; an
 * address (relative ones against the page's); or, in Node and Deno, a path.
 */
export type ModelInput = Uint8Array | ArrayBuffer | Blob | Response | ReadableStream<Uint8Array> | URL | string;

/**
 * Opens an ONNX model.
 * @throws SalientError 'io', 'bad-file', 'bad-model', 'unsupported', …: what is wrong with it, in one line.
 *
 * @example
 * ```ts
 * const network = await loadModel(device, 'models/scenes-alexnet.onnx');
 * network.labels[0]; // 'butterfly'
 * ```
 */
export async function loadModel(device: Device, source: ModelInput, options: LoadModelOptions = {}): Promise<Model> {
  if (typeof source !== 'string' && !(source instanceof URL)) {
    return Model.open(device, await bytesOf(source, options), options);
  }
  const address = String(source);
  if (/^(https?|blob|data):/.test(address) || !hasNodeModules()) {
    return Model.open(device, await download(address, options), options);
  }
  const { readModelFile } = await import('../onnx/files.ts');
  const { bytes, readExternal } = await readModelFile(address, options.signal);
  return Model.open(device, bytes, { readExternal, ...options }).catch((error: unknown) => {
    if (!(error instanceof SalientError) || !ABOUT_THE_FILE.has(error.code)) throw error;
    throw new SalientError(error.code, `${address}: ${error.message}`, { cause: error });
  });
}

/** Codes of errors whose message should begin with the file's name. */
const ABOUT_THE_FILE: ReadonlySet<string> = new Set(['bad-file', 'bad-model', 'unsupported', 'shape-mismatch']);

async function bytesOf(source: Exclude<ModelInput, string | URL>, options: LoadModelOptions): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) {
    return readStream({ body: source.stream(), total: source.size, name: 'the file' }, options);
  }
  if (source instanceof Response) return readStream(streamOf(source, source.url || 'the response'), options);
  if (source instanceof ReadableStream) return readStream({ body: source, name: 'the stream' }, options);
  const found = Object.prototype.toString.call(source).slice(8, -1);
  throw new SalientError(
    'bad-argument',
    `a model is bytes, a File or Blob, a Response, a stream, a URL or a path; found ${found}`,
  );
}

async function download(address: string, options: LoadModelOptions): Promise<Uint8Array> {
  const { signal } = options;
  const response = await fetch(address, signal ? { signal } : {}).catch((cause: unknown) => {
    throwIfAborted(signal);
    throw new SalientError('io', `cannot download ${address}; check the address and the network`, { cause });
  });
  return readStream(streamOf(response, address), options);
}

function streamOf(response: Response, name: string): ModelStream {
  if (!response.ok || response.body === null) {
    throw new SalientError('io', `cannot download ${name}: the server answered ${response.status}`);
  }
  // The length is that of what travels: it says nothing of what a compressed body unpacks to.
  const length = response.headers.get('content-encoding') === null && response.headers.get('content-length');
  return { body: response.body, total: Number(length) || undefined, name };
}
