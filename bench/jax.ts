import type { Shape } from '../src/tensor/tensor.ts';

/** An array that an operation consumes; `ref` is the same array for one more use. */
export interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray): JaxArray;
  reshape(shape: Shape): JaxArray;
  transpose(): JaxArray;
  /** Reads the numbers, and consumes the array. */
  data(): Promise<Float32Array>;
}

type Pair = readonly [number, number];

/** The part of jax-js's interface that is used here. */
export interface Jax {
  init(device: 'wasm'): Promise<unknown>;
  defaultDevice(device: 'wasm'): unknown;
  jit(compute: (...given: JaxArray[]) => JaxArray): (...given: JaxArray[]) => JaxArray;
  readonly numpy: {
    array(data: Float32Array, options: { readonly shape: Shape }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    max(x: JaxArray): JaxArray;
  };
  readonly nn: { relu(x: JaxArray): JaxArray };
  readonly lax: {
    convGeneralDilated(x: JaxArray, w: JaxArray, strides: Pair, padding: readonly Pair[]): JaxArray;
    reduceWindow(
      x: JaxArray,
      computation: (window: JaxArray) => JaxArray,
      kernel: readonly number[],
      strides: readonly number[],
    ): JaxArray;
  };
}
