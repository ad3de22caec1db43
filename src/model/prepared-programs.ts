import { abortedBy, SalientError, throwIfAborted } from '../error.ts';
import type { Executable } from '../tensor/device.ts';

interface Kept<Made> {
  readonly prepared: Promise<Made>;
  /** Absent while it is prepared. */
  made?: Made;
  /** Calls that wait for it or run it: it may not be closed under them. */
  users: number;
}

/**
 * Prepared programs that are kept ready, by what they are; each holds memory on the device. Calls that want the same one
 * share it from when its preparation begins.
 */
export class PreparedPrograms<Made extends { readonly executable: Executable }> {
  /** The latest used last. */
  readonly #programs = new Map<string, Kept<Made>>();
  readonly #most: number;
  #closed = false;

  /** Keeps at most so many, besides those in use. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Calls `use` with the program of this key, which is not closed meanwhile to make room for others. `prepare` makes it
   * where there is none; should that fail, nothing is kept. A call that waits for another's preparation heeds its own
   * signal, and prepares its own where the other's fails or is aborted.
   */
  async use<T>(
    key: string,
    prepare: () => Promise<Made>,
    use: (made: Made) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    let kept = this.#programs.get(key);
    while (kept !== undefined && kept.made === undefined) {
      const settled = kept.prepared.then(
        () => undefined,
        () => undefined,
      );
      await unlessAborted(settled, signal);
      kept = this.#programs.get(key);
    }
    kept ??= this.#keep(key, prepare);
    this.#programs.delete(key);
    this.#programs.set(key, kept);
    kept.users++;
    try {
      return await use(await kept.prepared);
    } catch (error) {
      // It will not run again: the next call prepares it anew.
      if (error instanceof SalientError && error.code === 'device-lost') {
        if (this.#programs.get(key) === kept) this.#programs.delete(key);
        kept.made?.executable.close();
      }
      throw error;
    } finally {
      kept.users--;
      this.#closeDownTo(this.#most);
    }
  }

  #keep(key: string, prepare: () => Promise<Made>): Kept<Made> {
    const prepared = async (): Promise<Made> => {
      try {
        const made = await prepare();
        if (this.#closed) {
          made.executable.close();
          throw new SalientError('closed', 'the model is closed; load it again');
        }
        kept.made = made;
        return made;
      } catch (error) {
        this.#programs.delete(key);
        throw error;
      }
    };
    const kept: Kept<Made> = { prepared: prepared(), users: 0 };
    return kept;
  }

  /** Closes all programs that no call uses; returns whether there was one. */
  closeIdle(): boolean {
    return this.#closeDownTo(0);
  }

  /** Closes the oldest programs that no call uses until `most` are left; returns whether any was closed. */
  #closeDownTo(most: number): boolean {
    const { size } = this.#programs;
    for (const [key, { made, users }] of this.#programs) {
      if (this.#programs.size <= most) break;
      if (users > 0) continue;
      made?.executable.close();
      this.#programs.delete(key);
    }
    return this.#programs.size < size;
  }

  /** Closes all programs, those in use too; one whose preparation ends later is closed then. */
  close(): void {
    this.#closed = true;
    for (const { made } of this.#programs.values()) made?.executable.close();
    this.#programs.clear();
  }
}

/** The promise, or the signal's reason as soon as that is aborted. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  throwIfAborted(signal);
  let stop = (): void => undefined;
  const aborted = new Promise<void>((_, reject) => {
    stop = () => reject(abortedBy(signal));
  });
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
