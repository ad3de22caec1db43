import { throwIfAborted } from '../error.ts';

/** Work in steps of a few milliseconds at most, which ends with a result. */
export type Steps<T> = Generator<undefined, T>;

/** How long, in milliseconds, other tasks may have to wait. */
const PATIENCE = 30;

/**
 * Does the steps, and lets other tasks have their turn between them: a page stays alive, locks are renewed, and an abort
 * is heard.
 *
 * @throws SalientError 'aborted'
 */
export async function inTurns<T>(steps: Steps<T>, signal: AbortSignal | undefined): Promise<T> {
  const turns = new Turns(signal);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await turns.next();
  }
}

/** Says between steps whether others are due. */
export class Turns {
  private readonly signal: AbortSignal | undefined;
  private since = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
    throwIfAborted(signal);
  }

  /** @throws SalientError 'aborted' */
  async next(): Promise<void> {
    if (performance.now() - this.since < PATIENCE) return;
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(this.signal);
    this.since = performance.now();
  }
}
