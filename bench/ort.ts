import type { Shape } from '../src/tensor/tensor.ts';

export interface OrtTensor {
  readonly dims: Shape;
  readonly data: Float32Array;
}

/** The part of onnxruntime's interface that is used here, the same in all its packages. */
export interface Ort {
  readonly env: { readonly versions: { readonly common: string }; readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: Shape) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: string | Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
      release(): Promise<void>;
    }>;
  };
}
