import { SalientError } from '../error.ts';
import type { Executable } from '../tensor/device.ts';

interface KeptPlan<Plan> {
  readonly prepared: Promise<Plan>;
  /** Absent while it is prepared. */
  plan?: Plan;
  /** Calls that wait for it or run it: it may not be closed under them. */
  users: number;
}

/**
 * Prepared programs that are kept ready, by what they are; each holds memory on the device. Calls that want the same one
 * share it from when its preparation begins.
 */
export class PlanCache<Plan extends { readonly executable: Executable }> {
  /** The latest used last. */
  readonly #plans = new Map<string, KeptPlan<Plan>>();
  readonly #most: number;
  #closed = false;

  /** Keeps at most so many plans, besides those in use. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Calls `use` with the plan of this key, which is not closed meanwhile to make room for others. `prepare` makes it
   * where there is none; should that fail, nothing is kept. A call that waits for another's preparation heeds its own
   * signal, and prepares its own plan where the other's fails or is aborted.
   */
  async use<T>(
    key: string,
    prepare: () => Promise<Plan>,
    use: (plan: Plan) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    let kept = this.#plans.get(key);
    while (kept !== undefined && kept.plan === undefined) {
      const settled = kept.prepared.then(
        () => undefined,
        () => undefined,
      );
      await unlessAborted(settled, signal);
      kept = this.#plans.get(key);
    }
    kept ??= this.#keep(key, prepare);
    this.#plans.delete(key);
    this.#plans.set(key, kept);
    kept.users++;
    try {
      return await use(await kept.prepared);
    } finally {
      kept.users--;
      this.#closeDownTo(this.#most);
    }
  }

  #keep(key: string, prepare: () => Promise<Plan>): KeptPlan<Plan> {
    const prepared = async (): Promise<Plan> => {
      try {
        const plan = await prepare();
        if (this.#closed) {
          plan.executable.close();
          throw new SalientError('closed', 'the model is closed; load it again');
        }
        kept.plan = plan;
        return plan;
      } catch (error) {
        this.#plans.delete(key);
        throw error;
      }
    };
    const kept: KeptPlan<Plan> = { prepared: prepared(), users: 0 };
    return kept;
  }

  /** Closes all plans that no call uses; returns whether there was one. */
  closeIdle(): boolean {
    return this.#closeDownTo(0);
  }

  /** Closes the oldest plans that no call uses until `most` are left; returns whether any was closed. */
  #closeDownTo(most: number): boolean {
    const { size } = this.#plans;
    for (const [key, { plan, users }] of this.#plans) {
      if (this.#plans.size <= most) break;
      if (users > 0) continue;
      plan?.executable.close();
      this.#plans.delete(key);
    }
    return this.#plans.size < size;
  }

  /** Closes all plans, those in use too; one whose preparation ends later is closed then. */
  close(): void {
    this.#closed = true;
    for (const { plan } of this.#plans.values()) plan?.executable.close();
    this.#plans.clear();
  }
}

/** The promise, or the signal's reason as soon as that is aborted. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<void>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
