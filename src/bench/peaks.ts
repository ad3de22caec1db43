import { activation } from '../kernels/activation.ts';
import { slice } from '../kernels/arrange.ts';
import { broadcastTo } from '../kernels/elementwise.ts';
import { CHAIN_BLOCK, multiplyAddChain } from '../kernels/multiply-add-chain.ts';
import type { Device } from '../tensor/device.ts';
import type { Operation } from '../tensor/operation.ts';
import { ProgramBuilder } from '../tensor/program.ts';
import { summarize } from './statistics.ts';

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
/** 64 MiB each. */
const COPY_ELEMENTS = 2 ** 24;
const RUNS = 5;

/** Measures a device with programs of its own kernels. */
export async function measurePeaks(device: Device, signal?: AbortSignal): Promise<Peaks> {
  return { gflops: await arithmeticPeak(device, signal), gigabytes: await bandwidth(device, signal) };
}

async function arithmeticPeak(device: Device, signal?: AbortSignal): Promise<number> {
  for (let steps = 32; ; steps *= 4) {
    const { rate, milliseconds } = await rateOf(device, CHAIN_ELEMENTS, multiplyAddChain({ steps }), 'flops', signal);
    if (milliseconds >= LEAST_TIME || steps >= LONGEST_CHAIN) return rate;
  }
}

async function bandwidth(device: Device, signal?: AbortSignal): Promise<number> {
  const { rate } = await rateOf(device, COPY_ELEMENTS, activation({ kind: 'relu' }), 'bytes', signal);
  return rate;
}

/** The best of several runs of one operation on an input [elements] that is made on the device. */
async function rateOf(
  device: Device,
  elements: number,
  operation: Operation,
  quantity: 'flops' | 'bytes',
  signal: AbortSignal | undefined,
): Promise<{ rate: number; milliseconds: number }> {
  const builder = new ProgramBuilder();
  const seed = builder.input('seed', [1]);
  const made = builder.add(broadcastTo({ shape: [elements], factor: 1 }), [seed]);
  // Only one number is read back.
  builder.output('result', builder.add(slice({ axis: 0, start: 0, length: 1 }), [builder.add(operation, [made])]));
  using executable = await device.prepare(builder.build(), { signal });
  const given = new Map([['seed', Float32Array.of(1.5)]]);
  let rate = 0;
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { profile } = await executable.run(given, { profile: true, signal });
    const step = profile?.find((candidate) => candidate.operation === operation.name);
    if (step === undefined || step.milliseconds === 0) continue;
    times.push(step.milliseconds);
    rate = Math.max(rate, step[quantity] / step.milliseconds / 1e6);
  }
  return { rate, milliseconds: times.length > 0 ? summarize(times).median : Number.POSITIVE_INFINITY };
}
