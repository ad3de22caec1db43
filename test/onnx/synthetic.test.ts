import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeModel } from '../../src/onnx/proto.ts';
import { SYNTHETIC_MODELS, syntheticInput, syntheticModel, syntheticParameter } from '../../src/onnx/synthetic.ts';
import { type ModelDraft, modelBytes } from '../../src/onnx/write.ts';
import { elementCount, formatShape } from '../../src/tensor/tensor.ts';
import { fixtures } from '../support/paths.ts';

test('synthetic parameters and inputs are those of the reference generator', () => {
  assert.equal(
    [...syntheticParameter('features.0.weight', [64, 3, 11, 11]).subarray(0, 4)],
    [0.0015224667731672525, -0.05053037777543068, 0.05595980957150459, -0.09840850532054901],
  );
  assert.equal(
    [...syntheticInput('alexnet.input', [1, 3, 224, 224]).subarray(0, 3)],
    [-0.2042982578277588, -1.02874755859375, -1.2917115688323975],
  );
});

const PARAMETERS = { alexnet: 61_100_840, vgg16: 138_357_544, 'bvlc-alexnet': 60_965_224 };

for (const name of SYNTHETIC_MODELS) {
  test(`${name} has the parameters of the original, each used once`, () => {
    const { initializers, nodes } = syntheticModel(name);
    assert.is(
      initializers.reduce((sum, { shape }) => sum + elementCount(shape), 0),
      PARAMETERS[name],
    );
    const read = nodes.flatMap(({ inputs }) => inputs);
    for (const { name: parameter } of initializers) assert.is(read.filter((input) => input === parameter).length, 1);
  });
}

test('weights are written in chunks, the same numbers as at once', () => {
  const { initializers } = syntheticModel('alexnet');
  const weights = initializers.find(({ name }) => name === 'features.6.weight')!;
  assert.ok('chunks' in weights);
  const chunks = Array.from(weights.chunks(), (chunk) => chunk.slice());
  assert.ok(chunks.length > 1);
  assert.ok(Buffer.concat(chunks).equals(Buffer.from(syntheticParameter(weights.name, weights.shape).buffer)));
});

/** The draft with its weights left out. */
function skeleton(draft: ModelDraft): ModelDraft {
  const initializers = draft.initializers.map(({ name, shape, type }) => ({
    name,
    shape,
    type,
    bytes: new Uint8Array(0),
  }));
  return { ...draft, initializers };
}

for (const name of ['alexnet', 'vgg16'] as const) {
  test(`${name} is the graph that PyTorch exports`, () => {
    if (fixtures === undefined) return console.log('fixtures not present');
    const expected = decodeModel(readFileSync(`${fixtures}/golden/${name}.skeleton.onnx`)).graph;
    const found = decodeModel(modelBytes(skeleton(syntheticModel(name)))).graph;
    assert.equal(found.nodes, expected.nodes);
    assert.equal(found.inputs, expected.inputs);
    assert.equal(found.outputs, expected.outputs);
    const shapes = (graph: typeof found) =>
      graph.initializers.map((tensor) => [tensor.name, formatShape(tensor.shape)]);
    assert.equal(shapes(found), shapes(expected));
  });
}

test.run();
