import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, openDevice } from '../../src/index.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { sourceOf } from '../../src/tensor/source.ts';

test('a layer that loses relevance which its rule does not mean to keep says so; one that hands it on says nothing', async () => {
  using device = await openDevice('reference');
  // Inputs are positive and so is no weight: z⁺ is zero, and there is no positive contribution to share by.
  const weight = (sign: number) =>
    sourceOf(
      'w',
      [2, 48],
      Float32Array.from({ length: 96 }, (_, i) => sign * (1 + (i % 3))),
    );
  for (const [sign, expected] of [
    [-1, 1],
    [1, 0],
  ] as const) {
    const bytes = modelBytes({
      name: 'negative',
      inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
      outputs: [{ name: 'y', shape: [1, 2] }],
      nodes: [
        { op: 'Flatten', inputs: ['x'], outputs: ['f'] },
        { op: 'Gemm', name: 'fc', inputs: ['f', 'w'], outputs: ['y'], attributes: { transB: { int: 1 } } },
      ],
      initializers: [weight(sign)],
    });
    using model = await loadModel(device, bytes);
    const image = { shape: [3, 4, 4], data: new Float32Array(48).fill(0.5) };
    const { layers } = await model.explain(image, { composite: 'excitation-backprop', saliency: false });
    const warned = layers.filter(({ warning }) => warning !== undefined);
    assert.is(warned.length, expected);
    if (expected > 0) assert.match(warned[0]!.warning!, /^100 % stayed at the stabilizer, /);
  }
});

test.run();
