import { SalientError } from '../../error.ts';
import { elementCount, formatShape, type Shape, stridesOf } from '../../tensor/tensor.ts';

/** Strides that walk a tensor of shape `from` as if it were broadcast to `to`: 0 where it is repeated. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  return to.map((_, axis) => {
    const own = axis - to.length + from.length;
    return own < 0 || from[own] === 1 ? 0 : strides[own]!;
  });
}

/** The shape to which shapes broadcast, as in numpy. */
export function broadcastShape(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const extent = extents.find((candidate) => candidate !== 1) ?? 1;
    if (extents.some((candidate) => candidate !== 1 && candidate !== extent)) {
      throw new SalientError('shape-mismatch', `shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`);
    }
    return extent;
  });
}

/**
 * Visits every element of `shape` in row-major order: its index, and `offset + Σ coordinate·stride`, its place in
 * another tensor.
 */
export function forEachElement(
  shape: Shape,
  strides: readonly number[],
  visit: (index: number, place: number) => void,
  offset = 0,
): void {
  const rank = shape.length;
  const coordinate = new Array<number>(rank).fill(0);
  const count = elementCount(shape);
  let place = offset;
  for (let index = 0; index < count; index++) {
    visit(index, place);
    for (let axis = rank - 1; axis >= 0; axis--) {
      coordinate[axis]!++;
      place += strides[axis]!;
      if (coordinate[axis]! < shape[axis]!) break;
      place -= strides[axis]! * shape[axis]!;
      coordinate[axis] = 0;
    }
  }
}
