import { stridesOf } from '../../tensor/tensor.ts';
import type { WasmStep } from '../../tensor/wasm/step.ts';
import { broadcastStrides } from '../shared/walk.ts';
import { planWalk } from '../shared/wasm-walk.ts';

/** Σ or Π of all inputs, broadcast to the output. */
export function planCombine(step: WasmStep, kind: 'add' | 'multiply'): boolean {
  const shape = step.outputs[0]!;
  const yStrides = stridesOf(shape);
  return step.inputs.every((input, index) =>
    planWalk(step, {
      shape,
      x: step.input(index),
      xStrides: broadcastStrides(input, shape),
      y: step.output(0),
      yStrides,
      kind: index === 0 ? 'copy' : kind,
    }),
  );
}

/** x·scale[c] + shift[c]. */
export function planAffine(step: WasmStep): boolean {
  const shape = step.outputs[0]!;
  const strides = stridesOf(shape);
  const channel = shape.map((_, axis) => (axis === 1 ? 1 : 0));
  const y = { shape, y: step.output(0), yStrides: strides };
  return (
    planWalk(step, { ...y, x: step.input(0), xStrides: strides, kind: 'copy' }) &&
    planWalk(step, { ...y, x: step.input(1), xStrides: channel, kind: 'multiply' }) &&
    planWalk(step, { ...y, x: step.input(2), xStrides: channel, kind: 'add' })
  );
}

export function planBroadcastTo(step: WasmStep, factor: number): boolean {
  const shape = step.outputs[0]!;
  const xStrides = broadcastStrides(step.inputs[0]!, shape);
  const places = { x: step.input(0), xStrides, y: step.output(0), yStrides: stridesOf(shape) };
  return planWalk(step, { shape, ...places, kind: 'copy', factor });
}
