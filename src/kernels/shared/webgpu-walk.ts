import { elementCount, type Shape, stridesOf } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { broadcastStrides } from './walk.ts';

/** A grid of outputs, where they lie, and what each sums up: see `walk.wgsl`. */
export interface Walk {
  readonly grid: Shape;
  /** Strides of the grid's axes in the input and in the output. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Extent and input stride of each axis that is summed over. */
  readonly sum?: readonly (readonly [extent: number, stride: number])[];
  readonly first?: number;
  readonly start?: number;
  readonly factor?: number;
}

/** Ends a table of axes: that of a scalar would have none, and WGSL binds no empty array. */
export const NO_AXIS = [0, 0, 0, 0];

export function dispatchWalk(step: GpuStep, input: GpuTensor, output: GpuTensor, walk: Walk): void {
  const { grid, from, to, sum = [], first = 0, start = 0, factor = 1 } = walk;
  const count = elementCount(grid);
  const factorBits = new Uint32Array(Float32Array.of(factor).buffer)[0]!;
  const table = Uint32Array.of(
    ...[count, first, start, factorBits],
    ...grid.flatMap((extent, axis) => [extent, from[axis]!, to[axis]!, 0]),
    ...sum.flatMap(([extent, stride]) => [extent, stride, 0, 0]),
    ...NO_AXIS,
  );
  step.dispatch('walk', {
    constants: {
      AXES: grid.length,
      SUM_AXES: sum.length,
      SUM_COUNT: sum.reduce((product, [extent]) => product * extent, 1),
    },
    bindings: { input, walk: step.table(table), output },
    workgroups: flatWorkgroups(count),
  });
}

/** Sums of the input over the axes along which the output would be broadcast to it, times a factor. */
export function dispatchSumTo(step: GpuStep, factor: number): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const strides = stridesOf(input.shape);
  const place = broadcastStrides(output.shape, input.shape);
  const own = input.shape.map((_, axis) => output.shape[axis - input.shape.length + output.shape.length] ?? 1);
  const summed = input.shape
    .map((extent, axis) => [extent, strides[axis]!] as const)
    .filter((_, axis) => own[axis] === 1);
  dispatchWalk(step, input, output, { grid: own, from: strides, to: place, sum: summed, factor });
}
