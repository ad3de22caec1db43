import { SalientError } from '../../error.ts';
import { hasNodeModules } from '../runtime.ts';
import type { Commands } from './commands.ts';
import type { FromWorker, ToWorker } from './instance.ts';
import type { Thread } from './thread.ts';
import { webThread } from './web-thread.ts';

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
  static async start(
    count: number,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    workerUrl?: string | URL,
  ): Promise<Threads> {
    const threads: Thread[] = [];
    try {
      const create = await threadMaker();
      for (let i = 0; i < count; i++) threads.push(create(workerUrl));
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

/** How a thread is made here: Node and Deno have workers that let a process end which forgot about them. */
async function threadMaker(): Promise<(workerUrl?: string | URL) => Thread> {
  if (hasNodeModules()) return (await import('./node-thread.ts')).nodeThread;
  if (typeof Worker === 'undefined') throw new Error('there are no workers in this scope');
  return webThread;
}
