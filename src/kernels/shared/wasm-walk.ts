import { elementCount, type Shape, stridesOf } from '../../tensor/tensor.ts';
import { type Address, float, plus, type WasmStep } from '../../tensor/wasm/step.ts';
import { type PadAttributes, padOrigins } from '../arrange/operation.ts';
import { broadcastStrides } from './walk.ts';

/** Elements of a part. */
const PART = 16384;
/** Axes of the kernel's walk. */
const AXES = 4;

interface Walk {
  readonly shape: Shape;
  /** Where the walk starts, and its strides in elements. */
  readonly x: Address;
  readonly xStrides: readonly number[];
  readonly y: Address;
  readonly yStrides: readonly number[];
  readonly kind: 'copy' | 'add' | 'multiply';
  /** Of a copy. */
  readonly factor?: number;
  /** All in one part, where several elements are added to the same one. */
  readonly whole?: boolean;
}

/** Plans one walk over elements (wasm/elementwise.ts); false where it has more than four axes. */
function planWalk(step: WasmStep, { shape, x, xStrides, y, yStrides, kind, factor = 1, whole = false }: Walk): boolean {
  const axes = joined(shape, xStrides, yStrides);
  if (axes.length > AXES) return false;
  while (axes.length < AXES) axes.unshift({ extent: 1, x: 0, y: 0 });
  const width = axes.at(-1)!.extent;
  const rows = elementCount(shape) / width;
  const part = whole ? elementCount(shape) : PART;
  const [rowsPerPart, columnsPerPart] = width > part ? [1, part] : [Math.floor(part / width), width];
  step.task('walk', Math.ceil(rows / rowsPerPart) * Math.ceil(width / columnsPerPart), [
    ...[x, y, ['copy', 'add', 'multiply'].indexOf(kind), float(factor)],
    ...[...axes.map((axis) => axis.extent), ...axes.map((axis) => axis.x), ...axes.map((axis) => axis.y)],
    ...[rowsPerPart, columnsPerPart],
  ]);
  return true;
}

interface Axis {
  extent: number;
  readonly x: number;
  readonly y: number;
}

/** The axes, neighbours that can be walked as one joined. */
function joined(shape: Shape, xStrides: readonly number[], yStrides: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  for (const [index, extent] of shape.entries()) {
    if (extent === 1) continue;
    const axis = { extent, x: xStrides[index]!, y: yStrides[index]! };
    const last = axes.at(-1);
    if (last !== undefined && last.x === axis.x * extent && last.y === axis.y * extent) {
      axes[axes.length - 1] = { ...axis, extent: last.extent * extent };
    } else {
      axes.push(axis);
    }
  }
  return axes;
}

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

export function planBroadcastTo(step: WasmStep, factor: number): boolean {
  const shape = step.outputs[0]!;
  const xStrides = broadcastStrides(step.inputs[0]!, shape);
  const places = { x: step.input(0), xStrides, y: step.output(0), yStrides: stridesOf(shape) };
  return planWalk(step, { shape, ...places, kind: 'copy', factor });
}

/** factor·Σ over the axes along which the output has extent 1 (or none) and the input more. */
export function planReduce(step: WasmStep, factor: number): boolean {
  const [shape, reduced] = [step.inputs[0]!, step.outputs[0]!];
  const [x, y] = [step.input(0), step.output(0)];
  const xStrides = stridesOf(shape);
  const own = { shape: reduced, y, yStrides: stridesOf(reduced), kind: 'copy' as const };
  const zero = { x: step.table(Float32Array.of(0)), xStrides: reduced.map(() => 0) };
  return (
    planWalk(step, { ...own, ...zero }) &&
    planWalk(step, { shape, x, xStrides, y, yStrides: broadcastStrides(reduced, shape), kind: 'add', whole: true }) &&
    (factor === 1 || planWalk(step, { ...own, x: y, xStrides: stridesOf(reduced), factor }))
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

export function planTranspose(step: WasmStep, permutation: readonly number[]): boolean {
  const shape = step.outputs[0]!;
  const strides = stridesOf(step.inputs[0]!);
  const xStrides = permutation.map((axis) => strides[axis]!);
  const places = { x: step.input(0), xStrides, y: step.output(0), yStrides: stridesOf(shape) };
  return planWalk(step, { shape, ...places, kind: 'copy' });
}

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

/** Constant padding: the value everywhere, then what is inside. Other modes are left to the reference. */
export function planPad(step: WasmStep, attributes: PadAttributes): boolean {
  if (attributes.mode !== 'constant') return false;
  const shape = step.outputs[0]!;
  const value = step.table(Float32Array.of(attributes.value));
  const yStrides = stridesOf(shape);
  const none = shape.map(() => 0);
  return (
    planWalk(step, { shape, x: value, xStrides: none, y: step.output(0), yStrides, kind: 'copy' }) &&
    planInside(step, padOrigins(step.inputs[0]!, attributes), step.inputs[0]!, shape, 'pad')
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
