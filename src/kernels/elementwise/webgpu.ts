import { elementCount, type Shape, stridesOf } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type { ActivationAttributes } from '../activation/operation.ts';
import { broadcastStrides } from '../shared/walk.ts';

export function dispatchActivation(step: GpuStep, attributes: ActivationAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const count = elementCount(output.shape);
  step.dispatch('activation', {
    constants: { COUNT: count, ...activationConstants(attributes) },
    bindings: { input, output },
    workgroups: flatWorkgroups(count),
  });
}

function activationConstants(attributes: ActivationAttributes): { KIND: number; A: number; B: number } {
  switch (attributes.kind) {
    case 'clip':
      return { KIND: 0, A: finite(attributes.min), B: finite(attributes.max) };
    case 'leaky-relu':
      return { KIND: 1, A: attributes.alpha, B: 0 };
    case 'sigmoid':
      return { KIND: 2, A: 0, B: 0 };
    case 'relu':
      return { KIND: 3, A: 0, B: 0 };
  }
}

/** The nearest float32 that is finite: WGSL knows no infinity. */
export function finite(value: number): number {
  const largest = 3.4028234663852886e38;
  return Math.min(Math.max(value, -largest), largest);
}

/** Sum or product of n tensors, broadcast as in numpy, two at a time. */
export function dispatchCombine(step: GpuStep, multiply: boolean): void {
  const { inputs } = step;
  const [output] = step.outputs as [GpuTensor];
  const { shape } = output;
  const count = elementCount(shape);
  let a = inputs[0]!;
  if (inputs.length === 1) {
    dispatchWalk(step, a, output, { grid: shape, from: broadcastStrides(a.shape, shape), to: stridesOf(shape) });
    return;
  }
  for (const [index, b] of inputs.slice(1).entries()) {
    const result = index === inputs.length - 2 ? output : step.scratch(shape, 'partial result');
    const [own, other] = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
    const axes = shape.flatMap((extent, axis) => [extent, own[axis]!, other[axis]!, 0]);
    const grid = step.table(Uint32Array.of(count, 0, 0, 0, ...axes, ...NO_AXIS));
    step.dispatch('combine-two', {
      constants: { AXES: shape.length, MULTIPLY: multiply },
      bindings: { a, b, grid, output: result },
      workgroups: flatWorkgroups(count),
    });
    a = result;
  }
}

export function dispatchAffine(step: GpuStep): void {
  const [input, scale, shift] = step.inputs as [GpuTensor, GpuTensor, GpuTensor];
  const [batch, channels] = input.shape as [number, number];
  const count = elementCount(input.shape);
  step.dispatch('affine', {
    constants: { COUNT: count, CHANNELS: channels, PLANE: count / (batch * channels) },
    bindings: { input, scale, shift, output: step.outputs[0]! },
    workgroups: flatWorkgroups(count),
  });
}

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
const NO_AXIS = [0, 0, 0, 0];

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

/** x·factor, repeated. */
export function dispatchBroadcastTo(step: GpuStep, factor: number): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const from = broadcastStrides(input.shape, output.shape);
  dispatchWalk(step, input, output, { grid: output.shape, from, to: stridesOf(output.shape), factor });
}
