import { SalientError, throwIfAborted } from '../error.ts';
import type { Device, Executable, RunOptions } from '../tensor/device.ts';
import type { Program } from '../tensor/program.ts';
import { PreparedPrograms } from './prepared-programs.ts';

/** Prepared programs that a model keeps ready; each holds memory on the device. */
const PROGRAMS_KEPT = 4;

/** Times that one call may lose its GPU: a program that brings it down would do so for ever. */
const MOST_LOSSES = 3;

/** A program of any kind with what is known of it, and what runs it. */
type Prepared<Made> = Made & { readonly executable: Executable };

/** Prepares a model's programs on its device, keeps the latest, and makes do with the device's memory. */
export class Runner {
  readonly #device: Device;
  /** By batch and options. */
  readonly #prepared = new PreparedPrograms<{ readonly executable: Executable }>(PROGRAMS_KEPT);
  /** By options, the most images that a run takes, where the device had no room for more. */
  readonly #room = new Map<string, number>();

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * Calls `use` with the prepared program of this key, which says all of what the program depends on. Where memory is
   * short, programs that wait for their next use are given up.
   */
  use<Made extends { readonly program: Program }, T>(
    key: string,
    make: () => Promise<Made>,
    { signal, onProgress }: RunOptions,
    use: (prepared: Prepared<Made>) => Promise<T>,
  ): Promise<T> {
    const prepare = async (): Promise<Prepared<Made>> => {
      const made = await make();
      const prepareOnce = () => this.#device.prepare(made.program, { signal, onProgress });
      const executable = await prepareOnce().catch((error) => {
        if (isOutOfMemory(error) && this.#prepared.closeIdle()) return prepareOnce();
        throw error;
      });
      return { ...made, executable };
    };
    return this.#surviving(signal, () =>
      // What is kept under a key is what was made for it.
      this.#prepared.use(key, prepare, (prepared) => use(prepared as Prepared<Made>), signal),
    );
  }

  /** Does the work again, on a new GPU, where the old one is lost meanwhile. */
  async #surviving<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    for (let losses = 0; ; losses++) {
      try {
        return await work();
      } catch (error) {
        if (!isLost(error) || this.#device.renew === undefined || losses === MOST_LOSSES) throw error;
        throwIfAborted(signal);
        await this.#device.renew();
      }
    }
  }

  /** Results of all samples: run at once, or in halves where the device has no room, and so are later ones like them. */
  async inHalves<Sample, Result>(
    key: string,
    samples: readonly Sample[],
    run: (part: readonly Sample[]) => Promise<readonly Result[]>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    while (results.length < samples.length) {
      const first = results.length;
      const part = samples.slice(first, first + (this.#room.get(key) ?? samples.length));
      try {
        for (const result of await run(part)) results.push(result);
      } catch (error) {
        if (!isOutOfMemory(error) || part.length === 1) throw error;
        const known = this.#room.get(key) ?? Number.POSITIVE_INFINITY;
        this.#room.set(key, Math.min(known, Math.ceil(part.length / 2)));
      }
    }
    return results;
  }

  close(): void {
    this.#prepared.close();
  }
}

function isLost(error: unknown): boolean {
  return error instanceof SalientError && error.code === 'device-lost';
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof SalientError && error.code === 'out-of-memory';
}
