import { activation } from '../kernels/activation/operation.ts';
import { slice } from '../kernels/arrange/operation.ts';
import { broadcastTo } from '../kernels/elementwise/operation.ts';
import { CHAIN_BLOCK, multiplyAddChain } from '../kernels/multiply-add-chain/operation.ts';
import type { Device } from '../tensor/device.ts';
import type { Operation } from '../tensor/operation.ts';
import { ProgramBuilder } from '../tensor/program.ts';

/** What a device can do at best, measured. */
export interface Peaks {
  /** 10⁹ floating-point operations per second of multiply-adds in registers. */
  readonly gflops: number;
  /** 10⁹ bytes per second of y = max(x, 0) on tensors larger than caches: one read, one written. */
  readonly gigabytes: number;
}

/** Elements of the chain: enough for every thread of a large GPU. */
const CHAIN_ELEMENTS = CHAIN_BLOCK * 2 ** 16;
/** A chain is made longer until it takes so many milliseconds. */
const LEAST_TIME = 25;
const LONGEST_CHAIN = 2 ** 16;
/** 64 MiB. */
const COPY_ELEMENTS = 2 ** 24;
/** Copies one after the other: together they are long, even where the clock is coarse (0.1 ms in browsers). */
const COPIES = 8;
/** An engine's hot code becomes faster while it runs: a measurement ends after so many runs without a better one. */
const PATIENCE = { runs: 5, milliseconds: 4000 };

/** Measures a device with programs of its own kernels. */
export async function measurePeaks(device: Device, signal?: AbortSignal): Promise<Peaks> {
  return { gflops: await arithmeticPeak(device, signal), gigabytes: await bandwidth(device, signal) };
}

/** The largest of several measurements. */
export function largest(peaks: readonly Peaks[]): Peaks {
  return {
    gflops: Math.max(...peaks.map(({ gflops }) => gflops)),
    gigabytes: Math.max(...peaks.map(({ gigabytes }) => gigabytes)),
  };
}

async function arithmeticPeak(device: Device, signal: AbortSignal | undefined): Promise<number> {
  for (let steps = 32; ; steps *= 4) {
    const milliseconds = await shortest(device, CHAIN_ELEMENTS, [multiplyAddChain({ steps })], signal);
    if (milliseconds >= LEAST_TIME || steps >= LONGEST_CHAIN) return (2 * steps * CHAIN_ELEMENTS) / milliseconds / 1e6;
  }
}

async function bandwidth(device: Device, signal: AbortSignal | undefined): Promise<number> {
  const copies = Array.from({ length: COPIES }, () => activation({ kind: 'relu' }));
  return (COPIES * 8 * COPY_ELEMENTS) / (await shortest(device, COPY_ELEMENTS, copies, signal)) / 1e6;
}

/** The least milliseconds that operations, one on the result of the other, take on [elements]. */
async function shortest(
  device: Device,
  elements: number,
  operations: readonly Operation[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const builder = new ProgramBuilder();
  // The input is made on the device, and only one number is read back.
  const made = builder.add(broadcastTo({ shape: [elements], factor: 1 }), [builder.input('seed', [1])]);
  const result = operations.reduce((value, operation) => builder.add(operation, [value]), made);
  builder.output('result', builder.add(slice({ axis: 0, start: 0, length: 1 }), [result]));
  using executable = await device.prepare(builder.build(), { signal });
  const given = new Map([['seed', Float32Array.of(1.5)]]);
  let best = Number.POSITIVE_INFINITY;
  const started = performance.now();
  for (let idle = 0; idle < PATIENCE.runs && performance.now() - started < PATIENCE.milliseconds; idle++) {
    const begun = performance.now();
    const { profile } = await executable.run(given, { profile: true, signal });
    const whole = performance.now() - begun;
    const steps = profile?.filter(({ operation }) => operation === operations[0]!.name);
    const milliseconds = steps?.reduce((sum, step) => sum + step.milliseconds, 0) || whole;
    if (milliseconds < 0.99 * best) idle = 0;
    best = Math.min(best, milliseconds);
  }
  return best;
}
