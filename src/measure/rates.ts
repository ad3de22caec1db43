import type { StageResult } from './benchmark.ts';
import type { Peaks } from './peaks.ts';

/** What follows from a time and the work done in it; absent where there is no time or no such work. */
export interface Rates {
  readonly gflops?: number;
  /** 10⁹ bytes per second, each read or written once. */
  readonly gigabytes?: number;
  /** Fractions of the measured peak and bandwidth. */
  readonly ofPeak?: number;
  readonly ofBandwidth?: number;
}

export interface StageRates extends Rates {
  readonly imagesPerSecond?: number;
}

/** The rates of work in a time. */
export function ratesOf(work: { flops: number; bytes: number }, milliseconds: number, peaks: Peaks): Rates {
  if (milliseconds === 0) return {};
  const [gflops, gigabytes] = [work.flops / milliseconds / 1e6, work.bytes / milliseconds / 1e6];
  return {
    ...(gflops > 0 ? { gflops, ofPeak: gflops / peaks.gflops } : {}),
    ...(gigabytes > 0 ? { gigabytes, ofBandwidth: gigabytes / peaks.gigabytes } : {}),
  };
}

/** A stage's rates, by its median. */
export function stageRates({ stage, batch, milliseconds, work }: StageResult, peaks: Peaks): StageRates {
  if (milliseconds === undefined || milliseconds.median === 0) return {};
  const perRun = stage !== 'load' && stage !== 'prepare';
  return {
    ...(perRun ? { imagesPerSecond: (1000 * batch) / milliseconds.median } : {}),
    ...(work ? ratesOf(work, milliseconds.median, peaks) : {}),
  };
}
