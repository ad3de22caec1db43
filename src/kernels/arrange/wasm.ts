import { type Shape, stridesOf } from '../../tensor/tensor.ts';
import { plus, type WasmStep } from '../../tensor/wasm/step.ts';
import { planWalk } from '../shared/wasm-walk.ts';
import { type PadAttributes, padOrigins } from './attributes.ts';

export function planConcat(step: WasmStep, axis: number): boolean {
  const yStrides = stridesOf(step.outputs[0]!);
  let start = 0;
  return step.inputs.every((shape, index) => {
    const y = plus(step.output(0), 4 * start * yStrides[axis]!);
    start += shape[axis]!;
    return planWalk(step, { shape, x: step.input(index), xStrides: stridesOf(shape), y, yStrides, kind: 'copy' });
  });
}

export function planSlice(step: WasmStep, axis: number, start: number): boolean {
  const shape = step.outputs[0]!;
  const xStrides = stridesOf(step.inputs[0]!);
  const x = plus(step.input(0), 4 * start * xStrides[axis]!);
  return planWalk(step, { shape, x, xStrides, y: step.output(0), yStrides: stridesOf(shape), kind: 'copy' });
}

export function planTranspose(step: WasmStep, permutation: readonly number[]): boolean {
  const shape = step.outputs[0]!;
  const strides = stridesOf(step.inputs[0]!);
  const xStrides = permutation.map((axis) => strides[axis]!);
  const places = { x: step.input(0), xStrides, y: step.output(0), yStrides: stridesOf(shape) };
  return planWalk(step, { shape, ...places, kind: 'copy' });
}

/** Constant padding: the value everywhere, unless it only crops, then what is inside. Other modes are left to the reference. */
export function planPad(step: WasmStep, attributes: PadAttributes): boolean {
  if (attributes.mode !== 'constant') return false;
  const shape = step.outputs[0]!;
  const value = step.table(Float32Array.of(attributes.value));
  const yStrides = stridesOf(shape);
  const none = shape.map(() => 0);
  const origins = padOrigins(step.inputs[0]!, attributes);
  const crops = origins.flat().every((from) => from >= 0);
  return (
    (crops || planWalk(step, { shape, x: value, xStrides: none, y: step.output(0), yStrides, kind: 'copy' })) &&
    planInside(step, origins, step.inputs[0]!, shape, 'pad')
  );
}

export function planPadTranspose(step: WasmStep, attributes: PadAttributes & { readonly shape: Shape }): boolean {
  if (attributes.mode !== 'constant') return false;
  const { shape } = attributes;
  const zero = step.table(Float32Array.of(0));
  const none = shape.map(() => 0);
  return (
    planWalk(step, { shape, x: zero, xStrides: none, y: step.output(0), yStrides: stridesOf(shape), kind: 'copy' }) &&
    planInside(step, padOrigins(shape, attributes), shape, step.inputs[0]!, 'crop')
  );
}

/** Copies the box that an image and its padded version share, into the padded one (`pad`) or out of it (`crop`). */
function planInside(
  step: WasmStep,
  origins: readonly (readonly number[])[],
  image: Shape,
  padded: Shape,
  direction: 'pad' | 'crop',
): boolean {
  const firsts = origins.map((origin) => origin.findIndex((from) => from >= 0));
  if (firsts.some((first) => first < 0)) return true;
  const shape = origins.map((origin) => origin.filter((from) => from >= 0).length);
  const [imageStrides, paddedStrides] = [stridesOf(image), stridesOf(padded)];
  const offset = (strides: readonly number[], at: readonly number[]) =>
    4 * strides.reduce((sum, stride, axis) => sum + stride * at[axis]!, 0);
  const inPadded = offset(paddedStrides, firsts);
  const inImage = offset(
    imageStrides,
    firsts.map((first, axis) => origins[axis]![first]!),
  );
  const [x, y] = [step.input(0), step.output(0)];
  const places =
    direction === 'pad'
      ? { x: plus(x, inImage), xStrides: imageStrides, y: plus(y, inPadded), yStrides: paddedStrides }
      : { x: plus(x, inPadded), xStrides: paddedStrides, y: plus(y, inImage), yStrides: imageStrides };
  return planWalk(step, { shape, ...places, kind: 'copy' });
}
