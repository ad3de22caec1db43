import type { StepProfile } from '../device.ts';
import { measured, stepWork, type Work } from '../measured.ts';
import type { Program, Step } from '../program.ts';
import { elementCount } from '../tensor.ts';
import { MAP_READ, USAGE } from './constants.ts';
import type { GpuContext } from './context.ts';
import type { Plan, PlannedDispatch } from './planner.ts';

/** Dispatches of one query set: WebGPU allows 4096 queries. */
const DISPATCHES_PER_SET = 2048;

/** GPU time of each dispatch of one run, from timestamp queries; for a device with `timestamp-query`. */
export class Timestamps {
  readonly #context: GpuContext;
  readonly #sets: readonly GPUQuerySet[];
  readonly #resolved: GPUBuffer;
  readonly #read: GPUBuffer;
  readonly #count: number;

  /** Timestamps for a run of `count` dispatches. */
  constructor(context: GpuContext, count: number) {
    const { device } = context;
    this.#context = context;
    this.#count = count;
    this.#sets = Array.from({ length: Math.ceil(count / DISPATCHES_PER_SET) }, (_, set) => {
      const dispatches = Math.min(DISPATCHES_PER_SET, count - set * DISPATCHES_PER_SET);
      return device.createQuerySet({ type: 'timestamp', count: 2 * dispatches });
    });
    const size = Math.max(16 * count, 16);
    this.#resolved = device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copySource });
    this.#read = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyDestination });
  }

  /** The descriptor of the pass of dispatch `index`. */
  pass(index: number): GPUComputePassDescriptor {
    const beginning = 2 * (index % DISPATCHES_PER_SET);
    const timestampWrites = {
      querySet: this.#sets[Math.floor(index / DISPATCHES_PER_SET)]!,
      beginningOfPassWriteIndex: beginning,
      endOfPassWriteIndex: beginning + 1,
    };
    return { timestampWrites };
  }

  resolve(encoder: GPUCommandEncoder): void {
    for (const [index, set] of this.#sets.entries()) {
      encoder.resolveQuerySet(set, 0, set.count, this.#resolved, 16 * DISPATCHES_PER_SET * index);
    }
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#read, 0, 16 * this.#count);
  }

  /** Milliseconds of each dispatch. */
  async milliseconds(): Promise<number[]> {
    await this.#context.wait(this.#read.mapAsync(MAP_READ));
    const ticks = new BigUint64Array(this.#read.getMappedRange());
    return Array.from({ length: this.#count }, (_, i) => Number(ticks[2 * i + 1]! - ticks[2 * i]!) / 1e6);
  }

  close(): void {
    for (const set of this.#sets) set.destroy();
    this.#resolved.destroy();
    this.#read.destroy();
  }
}

/** Sums the dispatches of each step. */
export function stepProfiles(
  program: Program,
  { joined }: Plan,
  dispatches: readonly PlannedDispatch[],
  milliseconds: readonly number[],
): StepProfile[] {
  const times = new Map<number, number>();
  for (const [index, { step }] of dispatches.entries()) {
    times.set(step, (times.get(step) ?? 0) + milliseconds[index]!);
  }
  return [...times].map(([step, time]) =>
    measured(program, program.steps[step]!, time, 'gpu', workDone(program, joined, step)),
  );
}

/**
 * A step's work where it is done: of two that are computed together, the first does the arithmetic of both, and writes
 * as much as the second then reads in place of the inputs they share.
 */
export function workDone(program: Program, joined: Plan['joined'], index: number): Work {
  const { buffers, steps } = program;
  const sums = (step: Step) => 4 * step.outputs.reduce((sum, id) => sum + elementCount(buffers[id]!.shape), 0);
  const step = steps[index]!;
  const own = stepWork(program, step);
  const later = steps[joined.get(index) ?? -1];
  if (later) return { flops: own.flops + stepWork(program, later).flops, bytes: own.bytes + sums(later) };
  if (![...joined.values()].includes(index)) return own;
  const shared = step.inputs.slice(0, 2).reduce((sum, id) => sum + 4 * elementCount(buffers[id]!.shape), 0);
  return { flops: 0, bytes: own.bytes - shared + sums(step) };
}
