import type { ExplainOptions } from '../../src/model/explain-options.ts';
import type { Explanation } from '../../src/model/explanation.ts';
import { Model } from '../../src/model/model.ts';
import type { ModelOptions } from '../../src/model/own-settings.ts';
import { modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape, type Tensor } from '../../src/tensor/tensor.ts';
import { modelDraft, node } from '../support/onnx.ts';
import { randomNumbers } from '../support/random.ts';

/* A small classifier, to be written into files in several ways. */

export const SIZE = 8;
export const PLANE = SIZE * SIZE;
export const CLASSES = 5;
export const device = openReferenceDevice();
export const MEAN = [124, 116, 104];
export const DEVIATION = [58, 57, 56];

export const random = (name: string, shape: Shape, seed: number) =>
  sourceOf(name, shape, randomNumbers(elementCount(shape), seed));
export const weights = [
  random('w1', [4, 3, 3, 3], 1),
  random('b1', [4], 2),
  random('w2', [6, 4, 3, 3], 3),
  random('b2', [6], 4),
  random('w3', [CLASSES, 96], 5),
  random('b3', [CLASSES], 6),
];
const padded = { pads: { ints: [1, 1, 1, 1] } };

/** A classifier from the value `from` to its logits `to`; its first layer is padded with zeros. */
export const classifier = (from: string, to: string): NodeDraft[] => [
  node('Conv', padded, [from, 'w1', 'b1'], ['c1']),
  node('Relu', {}, ['c1'], ['a1']),
  node('MaxPool', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }, ['a1'], ['p1']),
  { ...node('Conv', padded, ['p1', 'w2', 'b2'], ['c2']), name: 'conv2' },
  { ...node('Relu', {}, ['c2'], ['a2']), name: 'relu2' },
  node('Flatten', {}, ['a2'], ['f']),
  node('Gemm', { transB: { int: 1 } }, ['f', 'w3', 'b3'], [to]),
];

export type Draft = Parameters<typeof modelDraft>[3];

export function open(
  nodes: readonly NodeDraft[],
  constants: readonly TensorSource[] = [],
  { input = ['N', 3, SIZE, SIZE], draft, ...options }: ModelOptions & Opening = {},
): Promise<Model> {
  return Model.open(device, modelBytes(modelDraft(input, nodes, [...weights, ...constants], draft)), options);
}

interface Opening {
  readonly input?: readonly (number | string)[];
  readonly draft?: Draft;
}

export const explain = (model: Model, input: Tensor, options: ExplainOptions = {}): Promise<Explanation> =>
  model.explain(input, { saliency: false, ...options });

export const pixels: Tensor = {
  shape: [3, SIZE, SIZE],
  data: randomNumbers(3 * PLANE, 7).map((number) => Math.round(127.5 + 127 * number)),
};
export const normalised: Tensor = {
  shape: pixels.shape,
  data: pixels.data.map((pixel, i) => {
    const c = Math.floor(i / PLANE);
    return (pixel - MEAN[c]!) / DEVIATION[c]!;
  }),
};

/** The tensor with its channels last. */
export function channelsLast({ shape, data }: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const moved = Float32Array.from(data, (_, i) => data[(i % channels) * height * width + Math.floor(i / channels)]!);
  return { shape: [height, width, channels], data: moved };
}

/** From [N,H,W,C] to [N,C,H,W]. */
export const toPlanes = (from: string, to: string) => node('Transpose', { perm: { ints: [0, 3, 1, 2] } }, [from], [to]);

/** Options of a file whose input has its channels last. */
export const last = { input: ['N', SIZE, SIZE, 3] };
