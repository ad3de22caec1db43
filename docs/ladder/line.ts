import { type Summary, summarize } from '../../src/measure/statistics.ts';

export type Kind = 'convolution' | 'way back' | 'distances';

/** What a rung gave. */
export interface Climbed {
  readonly result: Float32Array;
  /** Of each run. */
  readonly milliseconds: readonly number[];
}

/** What is known of a rung after it was climbed. */
export interface Line {
  readonly name: string;
  readonly kind: Kind;
  readonly milliseconds: Summary;
  /** Of the definition's operations, in the median time. */
  readonly gigaflops: number;
  /** How many times as fast as the rung of its kind before it, if there was one. */
  readonly ratio?: number;
  /** From the result of the first rung of its kind, if that is another; units as of `error`. */
  readonly difference?: number;
  /** From the truth. */
  readonly error: number;
  /** Whether that is rounding alone. */
  readonly agrees: boolean;
  /** Whether it should not agree: such a rung is there to show what it loses. */
  readonly inexact: boolean;
}

/** What a rung is, as far as its line tells. */
export interface Step {
  readonly name: string;
  readonly kind: Kind;
  readonly inexact?: boolean;
  readonly operations: number;
}

/** How the results of a ladder are compared. */
export interface Comparison {
  /** Of two results; without the second, of one from the truth. */
  difference(kind: Kind, result: ArrayLike<number>, other?: ArrayLike<number>): number;
  readonly bounds: Readonly<Record<Kind, number>>;
}

/** Makes the lines of one ladder, from below: each knows what came before it. */
export function lineMaker({ difference, bounds }: Comparison): (step: Step, climbed: Climbed) => Line {
  const first = new Map<Kind, Float32Array>();
  const before = new Map<Kind, number>();
  return ({ name, kind, inexact = false, operations }, { result, milliseconds }) => {
    const [lowest, slower] = [first.get(kind), before.get(kind)];
    const times = summarize(milliseconds);
    if (lowest === undefined) first.set(kind, result);
    before.set(kind, times.median);
    const error = difference(kind, result);
    return {
      name,
      kind,
      milliseconds: times,
      gigaflops: operations / times.median / 1e6,
      ...(slower !== undefined && { ratio: slower / times.median }),
      ...(lowest && { difference: difference(kind, result, lowest) }),
      error,
      agrees: error <= bounds[kind],
      inexact,
    };
  };
}
