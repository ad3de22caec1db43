/**
 * salient-relevance/worker: the library on another thread, so that a page's own never waits. `openWorker()` for
 * `openDevice()`; then the same calls with the same results.
 *
 * @module salient-relevance/worker
 */
import { SalientError } from '../error.ts';
import { isDrawable, pixelsOf } from '../image/drawable.ts';
import type {
  Condition,
  DeviceChoice,
  ExplainInput,
  ExplainOptions,
  Explanation,
  LayerKernel,
  LoadModelOptions,
  ModelInput,
  Prediction,
  PredictOptions,
  Target,
} from '../index.ts';
import type { ModelDownload, PullSettings } from '../origin/pull.ts';
import type { DeviceKind, Progress } from '../tensor/device.ts';
import { type HostLine, startHost } from './line.ts';
import type { Call, DeviceReport, FromHost, ModelReport } from './protocol.ts';

/** Which device the worker opens, and where its own module is. */
export interface WorkerOptions {
  /** Default `auto`. A GPUDevice of the caller's own cannot travel. */
  readonly device?: Exclude<DeviceChoice, object> | undefined;
  /** Threads of the device `wasm`. */
  readonly threads?: number | undefined;
  /**
   * The worker's module, and that of its device's threads, where it is not this package's own beside this file: needed
   * where that lies on another origin (a CDN). A module of the page's origin that imports `salient-relevance/browser`
   * will do.
   */
  readonly workerUrl?: string | URL | undefined;
}

/** How a network is downloaded and kept. */
export interface PullOptions extends PullSettings {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are here, of how many. */
  readonly onDownload?: ((done: number, total: number) => void) | undefined;
}

/** What a call gives heed to besides its options. */
interface Watch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: Watch['onProgress'];
}

/**
 * Opens a device in a worker of its own.
 * @throws SalientError 'no-device' where there are no workers, or no such device in it; 'bad-argument'
 *
 * @example
 * ```ts
 * using worker = await openWorker({ device: 'wasm' });
 * using network = await worker.loadModel('models/scenes-vgg.onnx');
 * const { salient } = await network.explain(photo); // this thread stays free meanwhile
 * ```
 */
export async function openWorker({ device = 'auto', threads, workerUrl }: WorkerOptions = {}): Promise<SalientWorker> {
  if (typeof device === 'object') {
    throw new SalientError('bad-argument', 'a GPUDevice cannot be given to a worker; use openDevice() on this thread');
  }
  const line = new Calls(startHost(workerUrl));
  try {
    const takesThreads = device === 'wasm' || device === 'auto';
    const own = workerUrl !== undefined && takesThreads ? { workerUrl: absolute(String(workerUrl)) } : {};
    const args = [device, { ...own, ...(threads !== undefined && { threads }) }];
    return new SalientWorker(line, await line.call<DeviceReport>({ name: 'open', args }, {}));
  } catch (error) {
    line.close();
    throw error;
  }
}

export type { StoredModel } from '../origin/folder.ts';
export { removeStoredModel, storedModel, storedModels } from '../origin/folder.ts';
export type { ModelDownload } from '../origin/pull.ts';

/**
 * A device on another thread, with its models.
 *
 * @example
 * ```ts
 * using worker = await openWorker();
 * console.log(worker.kind, worker.description, worker.choice);
 * ```
 */
export class SalientWorker implements Disposable {
  readonly kind: DeviceKind;
  /** One line for people: engine, threads or adapter, features. */
  readonly description: string;
  /** Why this device and not a faster one, where it was chosen automatically. */
  readonly choice: string | undefined;
  /** How many threads compute, on the device `wasm`. */
  readonly threads: number | undefined;
  readonly #calls: Calls;

  /** @internal */
  constructor(calls: Calls, report: DeviceReport) {
    this.#calls = calls;
    this.kind = report.kind;
    this.description = report.description;
    this.choice = report.choice;
    this.threads = report.threads;
  }

  /**
   * Opens an ONNX model in the worker. A Blob, a stream or an address goes there as it is, so that the page never holds
   * its bytes.
   */
  async loadModel(source: ModelInput, options: LoadModelOptions = {}): Promise<WorkerModel> {
    const { signal, onDownload, readExternal, ...rest } = options;
    if (readExternal !== undefined) {
      throw new SalientError('bad-argument', 'readExternal is a function, which cannot be given to a worker');
    }
    const onProgress = onDownload && (({ done, total }: Progress) => onDownload(done, total || undefined));
    const body = source instanceof Response ? source.body : source;
    const input = typeof body === 'string' || body instanceof URL ? absolute(String(body)) : body;
    const transfer = input instanceof ReadableStream ? [input] : [];
    const call = { name: 'loadModel', args: [input, rest] } as const;
    return new WorkerModel(this.#calls, await this.#calls.call<ModelReport>(call, { signal, onProgress }, transfer));
  }

  /**
   * Brings a model file into the origin's private file system, unless it is there: streamed, resumed where an earlier
   * call broke off, its size and SHA-256 checked. The file that comes back is read by {@link loadModel}.
   * @throws SalientError 'io' (the server, the network, no room), 'bad-file' (other bytes than known), 'aborted'
   */
  pullModel(wanted: ModelDownload, options: PullOptions = {}): Promise<Blob> {
    const { signal, onDownload, ...settings } = options;
    const onProgress = onDownload && (({ done, total }: Progress) => onDownload(done, total));
    const addresses = wanted.addresses.map(absolute);
    const call = { name: 'pullModel', args: [{ ...wanted, addresses }, settings] } as const;
    return this.#calls.call<Blob>(call, { signal, onProgress });
  }

  /** Ends the worker; calls under way fail with code `closed`. */
  close(): void {
    this.#calls.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What a worker explains: what {@link Model} does, and the file of a photograph, which the worker decodes. */
export type WorkerInput = ExplainInput | Blob;

/**
 * A model in a worker: {@link Model}'s calls.
 *
 * @example
 * ```ts
 * using worker = await openWorker({ device: 'wasm' });
 * using network = await worker.loadModel('models/scenes-vgg.onnx');
 * const { bias } = await network.kernel(layer, 0);
 * ```
 */
export class WorkerModel implements Disposable {
  readonly description: ModelReport['description'];
  readonly labels: ModelReport['labels'];
  readonly preprocessing: ModelReport['preprocessing'];
  readonly preprocessingOrigin: string;
  readonly logits: ModelReport['logits'];
  readonly #calls: Calls;
  readonly #model: number;

  /** @internal */
  constructor(calls: Calls, report: ModelReport) {
    this.#calls = calls;
    this.#model = report.model;
    this.description = report.description;
    this.labels = report.labels;
    this.preprocessing = report.preprocessing;
    this.preprocessingOrigin = report.preprocessingOrigin;
    this.logits = report.logits;
  }

  predict(inputs: readonly WorkerInput[], options: PredictOptions = {}): Promise<Prediction[]> {
    const { signal, onProgress, ...rest } = options;
    return this.#call('predict', [inputs.map(portable), rest], { signal, onProgress });
  }

  async explain(input: WorkerInput, options: ExplainOptions = {}): Promise<Explanation> {
    const [explanation, ...others] = await this.explainBatch([input], options);
    if (explanation === undefined || others.length > 0) {
      throw new SalientError('bad-argument', `explain takes one image, found ${others.length + 1}; use explainBatch`);
    }
    return explanation;
  }

  explainBatch(inputs: readonly WorkerInput[], options: ExplainOptions = {}): Promise<Explanation[]> {
    const { signal, onProgress, ...rest } = options;
    return this.#call('explainBatch', [inputs.map(portable), rest], { signal, onProgress });
  }

  explainTargets(
    input: WorkerInput,
    targets: readonly Target[],
    options: Omit<ExplainOptions, 'target'> = {},
  ): Promise<Explanation[]> {
    const { signal, onProgress, ...rest } = options;
    return this.#call('explainTargets', [portable(input), targets, rest], { signal, onProgress });
  }

  explainConditions(
    input: WorkerInput,
    conditions: readonly Condition[],
    options: Omit<ExplainOptions, 'target'> = {},
  ): Promise<Explanation[]> {
    const { signal, onProgress, ...rest } = options;
    return this.#call('explainConditions', [portable(input), conditions, rest], { signal, onProgress });
  }

  prepare(options: ExplainOptions = {}, batch = 1): Promise<void> {
    const { signal, onProgress, ...rest } = options;
    return this.#call('prepare', [rest, batch], { signal, onProgress });
  }

  kernel(layer: string, channel: number): Promise<LayerKernel> {
    return this.#call('kernel', [layer, channel], {});
  }

  sha256(): Promise<string> {
    return this.#call('sha256', [], {});
  }

  /** Frees what the model holds in the worker. */
  close(): void {
    this.#call('close', [], {}).catch(() => undefined); // closed already, or with its worker
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call<T>(
    name: Exclude<Call['name'], 'open' | 'loadModel' | 'pullModel'>,
    args: readonly unknown[],
    watch: Watch,
  ): Promise<T> {
    return this.#calls.call<T>({ name, model: this.#model, args }, watch);
  }
}

/** Calls over a line, each with the promise of its answer. */
class Calls {
  readonly #line: HostLine;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #end: SalientError | undefined;

  constructor(line: HostLine) {
    this.#line = line;
    line.listen((message) => this.#receive(message));
    line.onLoss((reason) => this.#finish(new SalientError('device-lost', `the worker is gone: ${reason}`)));
  }

  async call<T>(call: Call, { signal, onProgress }: Watch, transfer: readonly unknown[] = []): Promise<T> {
    if (this.#end !== undefined) throw this.#end;
    if (signal?.aborted) throw new SalientError('aborted', 'the call was aborted', { cause: signal.reason });
    const id = ++this.#count;
    const abort = () => this.#line.post({ kind: 'abort', id });
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject, onProgress });
        this.#line.hold(true);
        try {
          this.#line.post({ kind: 'call', id, call, watched: onProgress !== undefined }, transfer);
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          reject(new SalientError('bad-argument', `this cannot be given to a worker: ${reason}`, { cause }));
        }
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#line.hold(false);
    }
  }

  close(): void {
    this.#finish(new SalientError('closed', 'the worker is closed; open another one'));
    this.#line.terminate();
  }

  #receive(message: FromHost): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'progress') waiting.onProgress?.(message.progress);
    else if (message.kind === 'result') waiting.resolve(message.value as never);
    else {
      const { code, message: text } = message;
      waiting.reject(code === undefined ? new Error(text) : new SalientError(code, text));
    }
  }

  #finish(end: SalientError): void {
    this.#end ??= end;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
  }
}

/** An input that can travel: what only a page has becomes pixels here. */
function portable(input: WorkerInput): WorkerInput {
  if (input instanceof Blob) return input;
  const travels = typeof ImageBitmap !== 'undefined' && input instanceof ImageBitmap;
  return !travels && isDrawable(input) ? pixelsOf(input) : input;
}

/** Addresses are relative to the page, not to the worker's module. Paths, in Node, stay as they are. */
function absolute(address: string): string {
  const base = (globalThis as { readonly document?: { readonly baseURI: string } }).document?.baseURI;
  return base === undefined ? address : new URL(address, base).href;
}
