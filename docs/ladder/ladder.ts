import { climb } from './climb.ts';
import { comparison } from './compare.ts';
import { type Line, lineMaker } from './line.ts';
import { ours } from './ours.ts';
import { type Problems, RUNGS, type Rung } from './rungs.ts';

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

/** The engine's own kernels, each by the rung whose problem it takes. */
export const OURS = [
  { name: 'ours', like: '10-winograd' },
  { name: 'ours, the way back', like: '12-back-winograd' },
].map(({ name, like }) => ({ name, rung: RUNGS.find((rung) => rung.name === like)! }));

/** Climbs the rungs in WGSL from below, a line for each. */
export async function* ascend({ device, all, wgsl, runs, rungs, onRung }: Ascending): AsyncGenerator<Line> {
  const lineOf = lineMaker(comparison(all));
  for (const rung of rungs ?? RUNGS) {
    onRung?.(rung.name);
    const ascent = rung.ascent(all);
    yield lineOf({ ...rung, operations: ascent.operations }, await climb(device, ascent, wgsl, runs));
  }
  if (rungs !== undefined) return;
  for (const { name, rung } of OURS) {
    onRung?.(name);
    const { operations } = rung.ascent(all);
    const problem = rung.kind === 'way back' ? all.back : all.conv;
    yield lineOf({ name, kind: rung.kind, operations }, await ours(problem, rung.kind, all, runs));
  }
}
