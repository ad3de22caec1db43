import type { Window } from '../../tensor/window.ts';

export interface PoolAttributes {
  readonly window: Window;
  /** [H', W'] of the output: with ceil mode it is more than the pads say. */
  readonly output: readonly [number, number];
}

export interface PoolTransposeAttributes extends PoolAttributes {
  /** [H, W] of the pooling's input. */
  readonly spatial: readonly [number, number];
}

export interface AverageAttributes extends PoolAttributes {
  /**
   * What a window's sum is divided by: the positions inside the image; those inside the padded image (ONNX's
   * count_include_pad); or 1 (a sum).
   */
  readonly divisor: 'inside' | 'padded' | 'one';
}

export interface AverageTransposeAttributes extends AverageAttributes {
  readonly spatial: readonly [number, number];
  /** Multiply the result by a second input a [N,C,H,W]: LRP's R = a·c. */
  readonly product: boolean;
}
