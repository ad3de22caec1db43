import { elementCount, type Shape, stridesOf } from '../../tensor/tensor.ts';
import { type Address, float, type WasmStep } from '../../tensor/wasm/step.ts';
import { broadcastStrides } from './walk.ts';

/** Elements of an item. */
const CHUNK = 16384;
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
  /** All in one item, where several elements are added to the same one. */
  readonly whole?: boolean;
}

/** Plans one walk over elements (wasm/shared/walk.ts); false where it has more than four axes. */
export function planWalk(
  step: WasmStep,
  { shape, x, xStrides, y, yStrides, kind, factor = 1, whole = false }: Walk,
): boolean {
  const axes = joined(shape, xStrides, yStrides);
  if (axes.length > AXES) return false;
  while (axes.length < AXES) axes.unshift({ extent: 1, x: 0, y: 0 });
  const width = axes.at(-1)!.extent;
  const rows = elementCount(shape) / width;
  const item = whole ? elementCount(shape) : CHUNK;
  const [rowsPerItem, columnsPerItem] = width > item ? [1, item] : [Math.floor(item / width), width];
  step.task('walk', Math.ceil(rows / rowsPerItem) * Math.ceil(width / columnsPerItem), [
    ...[x, y, ['copy', 'add', 'multiply'].indexOf(kind), float(factor)],
    ...[...axes.map((axis) => axis.extent), ...axes.map((axis) => axis.x), ...axes.map((axis) => axis.y)],
    ...[rowsPerItem, columnsPerItem],
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
