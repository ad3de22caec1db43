import type { RunOptions, StepProfile } from '../device.ts';
import type { Program } from '../program.ts';
import { elementCount } from '../tensor.ts';
import { MAP_READ, USAGE } from './constants.ts';
import type { GpuContext } from './context.ts';
import type { PlannedDispatch } from './planner.ts';

/** GPU time of each dispatch of one run, from timestamp queries. */
export class Timestamps {
  readonly #context: GpuContext;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #read: GPUBuffer;
  readonly #count: number;

  /** Timestamps for a run of `count` dispatches, where asked for, possible and not too many. */
  static for(context: GpuContext, count: number, { profile }: RunOptions): Timestamps | undefined {
    const possible = context.device.features.has('timestamp-query') && 2 * count <= 4096;
    return profile && possible ? new Timestamps(context, count) : undefined;
  }

  private constructor(context: GpuContext, count: number) {
    const { device } = context;
    this.#context = context;
    this.#count = count;
    this.#queries = device.createQuerySet({ type: 'timestamp', count: 2 * count });
    const size = 16 * count;
    this.#resolved = device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copySource });
    this.#read = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyDestination });
  }

  /** The descriptor of the pass of dispatch `index`. */
  pass(index: number): GPUComputePassDescriptor {
    const timestampWrites = {
      querySet: this.#queries,
      beginningOfPassWriteIndex: 2 * index,
      endOfPassWriteIndex: 2 * index + 1,
    };
    return { timestampWrites };
  }

  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, 2 * this.#count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#read, 0, 16 * this.#count);
  }

  /** Milliseconds of each dispatch. */
  async milliseconds(): Promise<number[]> {
    await this.#context.wait(this.#read.mapAsync(MAP_READ));
    const ticks = new BigUint64Array(this.#read.getMappedRange());
    return Array.from({ length: this.#count }, (_, i) => Number(ticks[2 * i + 1]! - ticks[2 * i]!) / 1e6);
  }

  close(): void {
    this.#queries.destroy();
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
  return [...times].map(([index, time]) => {
    const { operation, layer, phase, inputs, outputs } = program.steps[index]!;
    const shapes = (ids: readonly number[]) => ids.map((id) => program.buffers[id]!.shape);
    const [from, to] = [shapes(inputs), shapes(outputs)];
    const elements = [...from, ...to].reduce((sum, shape) => sum + elementCount(shape), 0);
    const flops = operation.flops?.(from, to) ?? 0;
    return { layer, phase, operation: operation.name, milliseconds: time, flops, bytes: 4 * elements };
  });
}
