import { SalientError, throwIfAborted } from '../../error.ts';
import { COMMAND_BYTES, type Commands, resetCommands } from './commands.ts';
import type { Instance } from './instance.ts';
import type { WasmMemory } from './memory.ts';
import type { Threads } from './threads.ts';

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of commands begun. */
  readonly onCommand?: ((index: number) => void) | undefined;
}

/** The calling thread, when it computes itself, lets timers, signals and the page run after so many milliseconds. */
const BREATH = 12;

/** Walks commands on the threads, or on the calling thread where there are none; one walk at a time. */
export class CommandRunner {
  readonly #memory: WasmMemory;
  #instance: Instance | undefined;
  readonly #threads: Threads | undefined;
  /** Abort flag and number of commands begun. */
  readonly #control: number;
  #scratch = 0;
  #scratchBytes = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  #lastBreath = 0;

  constructor(memory: WasmMemory, instance: Instance, threads: Threads | undefined) {
    this.#memory = memory;
    this.#instance = instance;
    this.#threads = threads;
    this.#control = memory.allocate(8);
  }

  /** Runs `work` when all earlier work is done: preparations and runs of a device follow one another. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      this.#throwIfClosed();
      return work();
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Makes each thread's own memory at least so large. */
  reserve(bytes: number): void {
    if (bytes <= this.#scratchBytes) return;
    const size = Math.ceil(bytes / 4096) * 4096;
    if (this.#scratch !== 0) this.#memory.free(this.#scratch);
    [this.#scratch, this.#scratchBytes] = [0, 0];
    this.#scratch = this.#memory.allocate(size * (this.#threads?.count ?? 1));
    this.#scratchBytes = size;
  }

  /** Walks commands; throws the signal's reason when it is aborted on the way. */
  async walk(commands: Commands, { signal, onCommand }: WalkOptions = {}): Promise<void> {
    throwIfAborted(signal);
    this.#throwIfClosed();
    if (commands.count === 0) return;
    resetCommands(this.#memory, commands);
    const control = new Int32Array(this.#memory.memory.buffer, this.#control, 2);
    control.fill(0);
    if (this.#threads === undefined) {
      await this.#walkHere(commands, signal, onCommand);
    } else {
      const stop = () => Atomics.store(control, 0, 1);
      signal?.addEventListener('abort', stop, { once: true });
      const timer = onCommand && setInterval(() => onCommand(Atomics.load(control, 1)), 50);
      try {
        await this.#threads.walk(commands, this.#control, this.#scratch, this.#scratchBytes);
      } finally {
        clearInterval(timer);
        signal?.removeEventListener('abort', stop);
      }
    }
    throwIfAborted(signal);
  }

  /** Ends the threads and lets go of the memory. */
  close(): void {
    this.#closed = true;
    this.#instance = undefined;
    this.#threads?.terminate();
    this.#memory.close();
  }

  async #walkHere({ address, count }: Commands, signal?: AbortSignal, onCommand?: (index: number) => void) {
    for (let index = 0; index < count; index++) {
      if (performance.now() - this.#lastBreath > BREATH) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        this.#lastBreath = performance.now();
        throwIfAborted(signal);
        onCommand?.(index);
        this.#throwIfClosed();
      }
      this.#instance!.run(address + index * COMMAND_BYTES, 1, this.#control, this.#scratch);
    }
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new SalientError('closed', 'the device is closed; open another one');
  }
}
