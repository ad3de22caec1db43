import type { StepProfile } from '../device.ts';
import { measured } from '../measured.ts';
import type { Program } from '../program.ts';
import { MAP_READ, USAGE } from './constants.ts';
import type { GpuContext } from './context.ts';
import type { PlannedDispatch } from './planner.ts';

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
  dispatches: readonly PlannedDispatch[],
  milliseconds: readonly number[],
): StepProfile[] {
  const times = new Map<number, number>();
  for (const [index, { step }] of dispatches.entries()) {
    times.set(step, (times.get(step) ?? 0) + milliseconds[index]!);
  }
  return [...times].map(([index, time]) => measured(program, program.steps[index]!, time, 'gpu'));
}
