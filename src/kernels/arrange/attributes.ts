import { SalientError } from '../../error.ts';
import { formatShape, type Shape } from '../../tensor/tensor.ts';

export interface PadAttributes {
  readonly mode: 'constant' | 'reflect' | 'edge';
  /** Before each axis, then after each axis; negative values crop. */
  readonly pads: readonly number[];
  readonly value: number;
}

export function paddedShape(x: Shape, { pads, mode }: PadAttributes): number[] {
  return x.map((extent, axis) => {
    const [before, after] = [pads[axis]!, pads[axis + x.length]!];
    const padded = extent + before + after;
    if (padded < 1 || (mode === 'reflect' && Math.max(before, after) >= extent)) {
      throw new SalientError('shape-mismatch', `pads [${pads.join(', ')}] do not fit ${formatShape(x)} (${mode})`);
    }
    return padded;
  });
}

/** For each axis, the input coordinate that each output coordinate shows; −1 where it shows the padding value. */
export function padOrigins(x: Shape, attributes: PadAttributes): number[][] {
  return paddedShape(x, attributes).map((extent, axis) =>
    Array.from({ length: extent }, (_, to) => {
      const from = to - attributes.pads[axis]!;
      const last = x[axis]! - 1;
      if (from >= 0 && from <= last) return from;
      if (attributes.mode === 'constant') return -1;
      if (attributes.mode === 'edge') return Math.min(Math.max(from, 0), last);
      return from < 0 ? -from : 2 * last - from;
    }),
  );
}
