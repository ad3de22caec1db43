import type { Operation } from '../../tensor/operation.ts';
import { elementCount, sameShape, stridesOf } from '../../tensor/tensor.ts';
import { float, inChunks, type WasmStep } from '../../tensor/wasm/step.ts';
import { type ClippedRange, clippedRange } from '../shared/clipped-range.ts';
import { broadcastStrides } from '../shared/walk.ts';
import { planWalk } from '../shared/wasm-walk.ts';

const EVERYTHING: ClippedRange = { min: -Infinity, max: Infinity };
/** Elements of an item. */
const ITEM = 16384;

/** Σ or Π of all inputs, broadcast to the output. */
export function planCombine(step: WasmStep, kind: 'add' | 'multiply'): boolean {
  if (kind === 'add' && planSumOfTwo(step)) return true;
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

/** Σ of two inputs of the output's shape, clipped to `range`; false where they are others. */
export function planSumOfTwo(step: WasmStep, range = EVERYTHING): boolean {
  const shape = step.outputs[0]!;
  if (step.inputs.length !== 2 || !step.inputs.every((input) => sameShape(input, shape))) return false;
  const { count, chunk, chunks } = inChunks(shape);
  step.task('sumOfTwo', chunks, [
    ...[step.input(0), step.input(1), step.output(0), count, chunk],
    ...[float(range.min), float(range.max)],
  ]);
  return true;
}

/** x·scale[c] + shift[c], clipped to `range`. */
export function planAffine(step: WasmStep, range = EVERYTHING): boolean {
  const [batch, channels, ...extents] = step.outputs[0] as readonly [number, number, ...number[]];
  const plane = elementCount(extents);
  const planesPerItem = Math.ceil(ITEM / plane);
  step.task('affine', Math.ceil((batch * channels) / planesPerItem), [
    ...[step.input(0), step.output(0), step.input(1), step.input(2), channels, plane, batch * channels, planesPerItem],
    ...[float(range.min), float(range.max)],
  ]);
  return true;
}

/** Plans a step with the activation of its results. */
export function planClipped(
  plan: (step: WasmStep, range: ClippedRange) => boolean,
): (step: WasmStep, next: Operation) => boolean {
  return (step, next) => {
    const range = clippedRange(next);
    return range !== undefined && plan(step, range);
  };
}

export function planBroadcastTo(step: WasmStep, factor: number): boolean {
  const shape = step.outputs[0]!;
  const xStrides = broadcastStrides(step.inputs[0]!, shape);
  const places = { x: step.input(0), xStrides, y: step.output(0), yStrides: stridesOf(shape) };
  return planWalk(step, { shape, ...places, kind: 'copy', factor });
}
