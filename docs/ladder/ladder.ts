import { type Summary, summarize } from '../../src/measure/statistics.ts';
import { type Climbed, climb } from './climb.ts';
import { BOUNDS, differenceOf, errorOf } from './compare.ts';
import { ours } from './ours.ts';
import { type Problems, RUNGS, type Rung } from './rungs.ts';

/** What is known of a rung after it was climbed. */
export interface Line {
  readonly name: string;
  readonly kind: Rung['kind'];
  readonly milliseconds: Summary;
  /** Of the definition's operations, in the median time. */
  readonly gigaflops: number;
  /** How many times as fast as the rung of its kind before it, if there was one. */
  readonly ratio?: number;
  /** From the result of the first rung of its kind, if that is another; units as of `error`. */
  readonly difference?: number;
  /** From the truth (compare.ts). */
  readonly error: number;
  /** Whether that is rounding alone. */
  readonly agrees: boolean;
  /** Whether it should not agree: such a rung is there to show what it loses. */
  readonly inexact: boolean;
}

export interface Ascending {
  readonly device: GPUDevice;
  readonly all: Problems;
  /** The text of a WGSL file by its name without the ending. */
  readonly wgsl: (file: string) => string;
  readonly runs: number;
  /** Absent: all of them, and then the engine's own kernels on the same problems. */
  readonly rungs?: readonly Rung[] | undefined;
  /** Told the name of each before it begins. */
  readonly onRung?: (name: string) => void;
}

/** The engine's own kernels, by the rungs whose problems they take. */
const OURS = new Map([
  ['ours', '10-winograd'],
  ['ours, the way back', '12-back-winograd'],
]);

/** How many lines {@link ascend} gives where no rungs are chosen. */
export const LINES = RUNGS.length + OURS.size;

/** Climbs the rungs from below, a line for each. */
export async function* ascend({ device, all, wgsl, runs, rungs, onRung }: Ascending): AsyncGenerator<Line> {
  const first = new Map<Rung['kind'], Float32Array>();
  const before = new Map<Rung['kind'], number>();
  const lineOf = (name: string, rung: Rung, { result, milliseconds }: Climbed): Line => {
    const { kind, inexact = false } = rung;
    const [lowest, slower] = [first.get(kind), before.get(kind)];
    const times = summarize(milliseconds);
    if (lowest === undefined) first.set(kind, result);
    before.set(kind, times.median);
    const error = errorOf(rung, all, result);
    return {
      name,
      kind,
      milliseconds: times,
      gigaflops: rung.ascent(all).operations / times.median / 1e6,
      ...(slower !== undefined && { ratio: slower / times.median }),
      ...(lowest && { difference: differenceOf(kind, all, result, lowest) }),
      error,
      agrees: error <= BOUNDS[kind],
      inexact,
    };
  };
  for (const rung of rungs ?? RUNGS) {
    onRung?.(rung.name);
    yield lineOf(rung.name, rung, await climb(device, rung.ascent(all), wgsl, runs));
  }
  if (rungs !== undefined) return;
  for (const [title, like] of OURS) {
    onRung?.(title);
    const rung = RUNGS.find(({ name }) => name === like)!;
    const problem = rung.kind === 'way back' ? all.back : all.conv;
    yield lineOf(title, rung, await ours(problem, rung.kind, all, runs));
  }
}
