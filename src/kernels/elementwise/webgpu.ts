import { elementCount, stridesOf } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { broadcastStrides } from '../shared/walk.ts';
import { dispatchWalk, NO_AXIS } from '../shared/webgpu-walk.ts';

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

/** x·factor, repeated. */
export function dispatchBroadcastTo(step: GpuStep, factor: number): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const from = broadcastStrides(input.shape, output.shape);
  dispatchWalk(step, input, output, { grid: output.shape, from, to: stridesOf(output.shape), factor });
}
