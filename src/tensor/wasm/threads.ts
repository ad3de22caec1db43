import { SalientError } from '../../error.ts';
import type { Commands } from './commands.ts';
import type { FromWorker, ToWorker } from './instance.ts';

/** A worker of Node or of the web. */
interface Thread {
  postMessage(message: ToWorker): void;
  /** The one listener for its messages; a worker that fails to load or dies sends `failed`. */
  listen(listener: (message: FromWorker) => void): void;
  /** Whether it keeps the process alive. */
  hold(alive: boolean): void;
  terminate(): void;
}

/** The workers of a device. Idle, they sleep in their event loops and keep no process alive. */
export class Threads {
  readonly #threads: readonly Thread[];
  #lost: SalientError | undefined;
  /** Rejects the exchange that is under way. */
  #fail: ((error: SalientError) => void) | undefined;

  private constructor(threads: readonly Thread[]) {
    this.#threads = threads;
  }

  /** Starts `count` workers; rejects where that cannot be. */
  static async start(count: number, module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Threads> {
    const threads: Thread[] = [];
    try {
      const create = isPage() ? webThread : await nodeThreads();
      for (let i = 0; i < count; i++) threads.push(create());
      const pool = new Threads(threads);
      await pool.#exchange('ready', () => ({ kind: 'start', module, memory }));
      return pool;
    } catch (error) {
      for (const thread of threads) thread.terminate();
      throw error;
    }
  }

  get count(): number {
    return this.#threads.length;
  }

  /** All threads walk the commands; resolves when the last one is through. */
  walk({ address, count }: Commands, control: number, scratch: number, scratchBytes: number): Promise<void> {
    return this.#exchange('done', (thread) => ({
      kind: 'run',
      commands: address,
      count,
      control,
      scratch: scratch + thread * scratchBytes,
    }));
  }

  /** Ends all workers; a walk that is under way rejects. */
  terminate(): void {
    this.#fail?.(new SalientError('closed', 'the device was closed during a run'));
    for (const thread of this.#threads) thread.terminate();
  }

  /** Sends each thread a message and waits until each has answered with `kind`. */
  async #exchange(kind: FromWorker['kind'], message: (thread: number) => ToWorker): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    let missing = this.#threads.length;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject;
        for (const [index, thread] of this.#threads.entries()) {
          thread.listen((answer) => {
            if (answer.kind === 'failed') {
              this.#lost = new SalientError('device-lost', `a thread of the wasm device failed: ${answer.message}`);
              reject(this.#lost);
            } else if (answer.kind === kind && --missing === 0) {
              resolve();
            }
          });
          thread.hold(true);
          thread.postMessage(message(index));
        }
      });
    } finally {
      this.#fail = undefined;
      for (const thread of this.#threads) thread.hold(false);
    }
  }
}

/** The module of a worker: next to this one, with this one's extension (`.ts` in the sources, `.js` when compiled). */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./worker.${extension}`, import.meta.url);
}

/** Whether threads are Web Workers; Node and Deno have workers that let a process end which forgot about them. */
function isPage(): boolean {
  return typeof Worker !== 'undefined' && !('Deno' in globalThis);
}

function webThread(): Thread {
  const worker = new Worker(workerUrl(), { type: 'module', name: 'salient-relevance' });
  return {
    postMessage: (message) => worker.postMessage(message),
    listen(listener) {
      worker.onmessage = (event: MessageEvent<FromWorker>) => listener(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        listener({ kind: 'failed', message: event.message || 'the worker does not start' });
      };
    },
    hold: () => undefined,
    terminate: () => worker.terminate(),
  };
}

async function nodeThreads(): Promise<() => Thread> {
  const { Worker: NodeWorker } = await import('node:worker_threads');
  return () => {
    const worker = new NodeWorker(workerUrl());
    let deliver: (message: FromWorker) => void = () => undefined;
    worker.on('message', (message: FromWorker) => deliver(message));
    worker.on('error', (error) => deliver({ kind: 'failed', message: String(error) }));
    worker.on('exit', () => deliver({ kind: 'failed', message: 'it ended' }));
    worker.unref();
    return {
      postMessage: (message) => worker.postMessage(message),
      listen(listener) {
        deliver = listener;
      },
      hold: (alive) => (alive ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
  };
}
