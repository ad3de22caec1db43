import type { Shape } from '../src/tensor/tensor.ts';

export interface TfTensor {
  readonly shape: number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Pair = readonly [number, number];
/** What TensorFlow.js calls explicit padding, of [N,H,W,C]. */
export type TfPads = readonly [Pair, Pair, Pair, Pair];

interface FusedConv {
  readonly x: TfTensor;
  readonly filter: TfTensor;
  readonly strides: Pair;
  readonly pad: TfPads;
  readonly dataFormat: 'NHWC';
  readonly dilations: Pair;
  readonly bias?: TfTensor | undefined;
  readonly activation?: TfActivation | undefined;
}

export type TfActivation = 'relu' | 'relu6';

/** The part of TensorFlow.js's interface that is used here. */
export interface Tf {
  readonly version_core: string;
  setBackend(name: 'wasm'): Promise<boolean>;
  ready(): Promise<void>;
  tidy(compute: () => TfTensor): TfTensor;
  tensor(data: Float32Array, shape: Shape): TfTensor;
  readonly fused: {
    conv2d(given: FusedConv): TfTensor;
    depthwiseConv2d(given: FusedConv): TfTensor;
    matMul(given: {
      readonly a: TfTensor;
      readonly b: TfTensor;
      readonly bias?: TfTensor | undefined;
      readonly activation?: TfActivation | undefined;
    }): TfTensor;
  };
  maxPool(x: TfTensor, kernel: Pair, strides: Pair, pad: TfPads): TfTensor;
  avgPool(x: TfTensor, kernel: Pair, strides: Pair, pad: TfPads): TfTensor;
  relu(x: TfTensor): TfTensor;
  relu6(x: TfTensor): TfTensor;
  clipByValue(x: TfTensor, low: number, high: number): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  concat(tensors: readonly TfTensor[], axis: number): TfTensor;
  mean(x: TfTensor, axes: readonly number[], keepAxes: boolean): TfTensor;
  reshape(x: TfTensor, shape: Shape): TfTensor;
  transpose(x: TfTensor, permutation: readonly number[]): TfTensor;
}
