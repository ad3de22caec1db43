import { elementCount, type Shape, type Tensor } from '../../src/tensor/tensor.ts';
import { randomNumbers } from './random.ts';

/** A float64 tensor of reproducible numbers in [−1, 1). */
export function noise(shape: Shape, seed: number): Tensor<Float64Array> {
  return { shape, data: Float64Array.from(randomNumbers(elementCount(shape), seed)) };
}
