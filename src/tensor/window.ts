/**
 * Geometry of a two-dimensional sliding window, as convolution and pooling use it: [vertical, horizontal] pairs; pads
 * [top, left, bottom, right] in elements.
 */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

/** Extent of the output along one axis: ⌊(n + pads − dilation·(kernel−1) − 1)/stride⌋ + 1. */
export function windowCount(window: Window, axis: 0 | 1, extent: number): number {
  const padded = extent + window.pads[axis] + window.pads[axis === 0 ? 2 : 3];
  return Math.floor((padded - window.dilations[axis] * (window.kernel[axis] - 1) - 1) / window.strides[axis]) + 1;
}

/**
 * The outputs along one axis whose tap `tap` falls inside the input: `first ≤ o < end` reads input
 * `o·stride + offset`.
 */
export interface TapRange {
  readonly first: number;
  readonly end: number;
  readonly offset: number;
}

export function tapRange(window: Window, axis: 0 | 1, tap: number, input: number, output: number): TapRange {
  const stride = window.strides[axis];
  const offset = tap * window.dilations[axis] - window.pads[axis];
  return {
    first: Math.max(0, Math.ceil(-offset / stride)),
    end: Math.min(output, Math.floor((input - 1 - offset) / stride) + 1),
    offset,
  };
}
