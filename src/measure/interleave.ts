import { throwIfAborted } from '../error.ts';
/** Something to be timed. */
export interface Contestant {
  readonly name: string;
  /** Runs once and gives its time in milliseconds. */
  run(): Promise<number>;
}

export interface InterleaveOptions {
  /** Measured rounds, at most. Default 20. */
  readonly rounds?: number | undefined;
  /** Measured rounds, at least, however long they take. Default 3. */
  readonly leastRounds?: number | undefined;
  /** Milliseconds after which no other round begins. Default 20000. */
  readonly milliseconds?: number | undefined;
  /** Rounds before, unmeasured, at most; engines compile hot code again on the way. Default 3, which end after 2 s. */
  readonly warmUp?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const WARM_UP_MILLISECONDS = 2000;

/**
 * Times contestants against each other: in every round each runs once, and who begins changes from round to round. The
 * times of a contestant stand in the order of rounds, so that those of one round can be compared.
 */
export async function interleave(
  contestants: readonly Contestant[],
  options: InterleaveOptions = {},
): Promise<Map<string, number[]>> {
  const { rounds = 20, leastRounds = 3, milliseconds = 20000, warmUp = 3, signal } = options;
  const warm = performance.now();
  for (let round = 0; round < warmUp; round++) {
    if (round > 0 && performance.now() - warm > WARM_UP_MILLISECONDS) break;
    for (const contestant of contestants) {
      throwIfAborted(signal);
      await contestant.run();
    }
  }
  const times = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= leastRounds && performance.now() - started > milliseconds) break;
    for (const index of contestants.keys()) {
      const { name, run } = contestants[(index + round) % contestants.length]!;
      throwIfAborted(signal);
      times.get(name)!.push(await run());
    }
  }
  return times;
}

/** A task as a contestant, timed by the clock on the wall. */
export function timed(name: string, task: () => Promise<unknown>): Contestant {
  return {
    name,
    async run() {
      const started = performance.now();
      await task();
      return performance.now() - started;
    },
  };
}
