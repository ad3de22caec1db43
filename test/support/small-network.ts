import * as assert from 'uvu/assert';
import type { Explanation } from '../../src/model/explanation.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { findGpu } from '../../src/tensor/webgpu/find.ts';
import { floats, modelDraft, node } from './onnx.ts';
import { randomNumbers } from './random.ts';

/** Small: a software GPU compiles every kernel anew on each device. */
export const MODEL = modelBytes(
  modelDraft(
    [1, 3, 20, 20],
    [
      node('Conv', { kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] } }, ['x', 'w1', 'b1'], ['c1']),
      node('Relu', {}, ['c1'], ['r1']),
      node('MaxPool', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }, ['r1'], ['p1']),
      node('Conv', { kernel_shape: { ints: [3, 3] } }, ['p1', 'w2'], ['c2']),
      node('Relu', {}, ['c2'], ['r2']),
      node('Flatten', {}, ['r2'], ['f']),
      node('Gemm', { transB: { int: 1 } }, ['f', 'w3'], ['y']),
    ],
    [
      floats('w1', [8, 3, 3, 3], [...randomNumbers(216, 1)]),
      floats('b1', [8], [...randomNumbers(8, 2)]),
      floats('w2', [16, 8, 3, 3], [...randomNumbers(1152, 3)]),
      floats('w3', [5, 1024], [...randomNumbers(5120, 4)]),
    ],
  ),
);
export const photo: Tensor = { shape: [3, 20, 20], data: randomNumbers(1200, 5) };

/** The SR map's kernels take a software GPU ten seconds to compile. */
export const PLAIN = { saliency: false } as const;

/** A GPU of the caller's own. */
export async function requestGpu(): Promise<GPUDevice> {
  const adapter = await (await findGpu()).requestAdapter();
  return adapter!.requestDevice();
}

export function assertSame(found: Explanation, expected: Explanation, what: string): void {
  const bits = ({ relevance: { data } }: Explanation) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  assert.ok(bits(found) === bits(expected), `${what}: relevance has other bits`);
  assert.equal(found.classes, expected.classes, what);
}
