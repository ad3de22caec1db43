import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Model, type Tensor } from '../../src/index.ts';
import { modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import { assertClose } from '../support/assert.ts';
import { assertRefused, floats, integers, modelDraft, node } from '../support/onnx.ts';
import { randomNumbers } from '../support/random.ts';
import {
  CLASSES,
  channelsLast,
  classifier,
  type Draft,
  device,
  explain,
  last,
  normalised,
  open,
  PLANE,
  pixels,
  random,
  SIZE,
  toPlanes,
  weights,
} from './small-classifier.ts';

/*
 * What is explained must not depend on how a file writes its network: each of these networks is explained beside one
 * that means the same and is written plainly.
 */

const plain = await open(classifier('x', 'y'));
const reshape = integers('shape', [-1, CLASSES]);
const heads: Record<string, [NodeDraft[], RegExp, 'softmax' | 'sigmoid']> = {
  Softmax: [[node('Softmax', {}, ['l'])], /"l", which goes into Softmax "softmax"/, 'softmax'],
  'Softmax, Clip': [[node('Softmax', {}, ['l'], ['p']), node('Clip', {}, ['p', 'e'])], /into Softmax/, 'softmax'],
  LogSoftmax: [[node('LogSoftmax', {}, ['l'])], /into LogSoftmax/, 'softmax'],
  Sigmoid: [[node('Sigmoid', {}, ['l'])], /into Sigmoid/, 'sigmoid'],
  Clip: [[node('Clip', {}, ['l', 'e'])], /into Clip "clip"/, 'softmax'],
  'Dropout, Sigmoid, Reshape, Cast, Identity': [
    [
      node('Dropout', {}, ['l'], ['h1']),
      node('Sigmoid', {}, ['h1'], ['h2']),
      node('Reshape', {}, ['h2', 'shape'], ['h3']),
      node('Cast', { to: { int: 1 } }, ['h3'], ['h4']),
      node('Identity', {}, ['h4']),
    ],
    /into Sigmoid/,
    'sigmoid',
  ],
  'Softmax over the second of three axes': [
    [
      node('Unsqueeze', {}, ['l', 'two'], ['h1']),
      node('Softmax', { axis: { int: 1 } }, ['h1'], ['h2']),
      node('Squeeze', {}, ['h2', 'two'], ['y']),
    ],
    /into Softmax/,
    'softmax',
  ],
};
for (const [head, [nodes, reason, kind]] of Object.entries(heads)) {
  test(`the logits before ${head} are explained`, async () => {
    const numbers = [floats('e', [], [1e-7]), reshape, integers('two', [2])];
    using model = await open([...classifier('x', 'l'), ...nodes], numbers);
    assert.match(model.logits.reason, reason);
    const [found, expected] = [await explain(model, normalised), await explain(plain, normalised)];
    assert.equal(found.logits.data, expected.logits.data);
    assert.equal(found.relevance.data, expected.relevance.data);
    const [{ logit, probability }] = found.classes as [(typeof found.classes)[number]];
    const sum = Array.from(expected.logits.data).reduce((total, one) => total + Math.exp(one - logit), 0);
    assert.ok(Math.abs(probability - (kind === 'sigmoid' ? 1 / (1 + Math.exp(-logit)) : 1 / sum)) < 1e-12);
  });
}

test('the one logit of a binary network has the probability of its Sigmoid', async () => {
  const one = [random('w4', [1, CLASSES], 8), random('b4', [1], 9)];
  const last = { ...node('Gemm', { transB: { int: 1 } }, ['l', 'w4', 'b4'], ['z']), name: 'last' };
  using model = await open([...classifier('x', 'l'), last, node('Sigmoid', {}, ['z'])], one);
  using bare = await open([...classifier('x', 'l'), { ...last, outputs: ['y'] }], one);
  const [found, expected] = [await explain(model, normalised), await explain(bare, normalised)];
  assert.equal(found.relevance.data, expected.relevance.data);
  const probability = 1 / (1 + Math.exp(-expected.logits.data[0]!));
  assert.ok(Math.abs(found.classes[0]!.probability - probability) < 1e-12);
  assert.is(expected.classes[0]!.probability, found.classes[0]!.probability);
});

test('of several outputs the class scores are explained, or the one that is asked for', async () => {
  const argmax = node('ArgMax', {}, ['y'], ['best']);
  const draft: Draft = {
    outputs: [
      { name: 'a2', shape: ['N', 6, 4, 4] },
      { name: 'best', shape: ['N'] },
      { name: 'y', shape: ['N', CLASSES] },
    ],
  };
  const nodes = [...classifier('x', 'y'), argmax];
  using model = await open(nodes, [], { draft });
  assert.match(model.logits.reason, /output "y" of "a2", "best", "y", which looks most like class scores/);
  const expected = await explain(plain, normalised);
  assert.equal((await explain(model, normalised)).relevance.data, expected.relevance.data);
  using features = await open(nodes, [], { draft, output: 'a2' });
  assert.match(features.logits.reason, /output "a2" of .*, as asked/);
  assert.is((await explain(features, normalised)).logits.data.length, 96);
  await assertRefused(open(nodes, [], { draft, output: 'best' }), 'unsupported', /ArgMax/);
  await assertRefused(open(nodes, [], { draft, output: 'z' }), 'bad-argument', /no output "z".*"a2", "best", "y"/);
});

test('photographs go into a network with its channels last, and maps come out in planes', async () => {
  using model = await open([toPlanes('x', 't'), ...classifier('t', 'y')], [], last);
  const photo = { width: SIZE, height: SIZE, data: Uint8Array.from(channelsLast(pixels).data) };
  const preprocessing = { resize: null, crop: null, range: 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  using raw = await open([toPlanes('x', 't'), ...classifier('t', 'y')], [], { ...last, preprocessing });
  const expected = await model.explain(channelsLast(pixels));
  const found = await raw.explain(photo);
  assert.equal(found.salient?.shape, [SIZE, SIZE]);
  assert.equal(found.relevance.data, expected.relevance.data);
  assert.equal(expected.relevance.data, (await explain(plain, pixels)).relevance.data);
});

test('with one channel, or dense layers alone, channels last are recognised too', async () => {
  const grey = random('w1', [4, 1, 3, 3], 1);
  const others = weights.filter(({ name }) => name !== 'w1');
  const openGrey = (input: readonly number[], nodes: NodeDraft[]) => {
    const draft = modelDraft(input, nodes, [grey, ...others, integers('planes', [-1, 1, SIZE, SIZE])]);
    return Model.open(device, modelBytes(draft));
  };
  const image: Tensor = { shape: [1, SIZE, SIZE], data: normalised.data.slice(0, PLANE) };
  const reshaped = node('Reshape', {}, ['x', 'planes'], ['t']);
  using model = await openGrey([1, SIZE, SIZE, 1], [reshaped, ...classifier('t', 'y')]);
  using expected = await openGrey([1, 1, SIZE, SIZE], classifier('x', 'y'));
  const found = await explain(model, channelsLast(image));
  assert.equal(found.relevance, (await explain(expected, image)).relevance);

  const dense = [node('Flatten', {}, ['x'], ['v']), node('Gemm', { transB: { int: 1 } }, ['v', 'wd'])];
  using flat = await open(dense, [random('wd', [CLASSES, 3 * PLANE], 10)], last);
  const { relevance } = await explain(flat, channelsLast(normalised));
  assert.equal(relevance.shape, [3, SIZE, SIZE]);
  const rules = { composite: 'epsilon-plus' };
  using rows = await open(dense, [random('wd', [CLASSES, 3 * PLANE], 10)], { input: ['N', 3, SIZE, SIZE] });
  const asRows = await explain(rows, { shape: [3, SIZE, SIZE], data: channelsLast(normalised).data }, rules);
  assertClose(channelsLast(relevance).data, asRows.relevance.data, 1e-7);
});

const pooled: NodeDraft[] = [
  ...classifier('x', 'unused').slice(0, 5),
  node('GlobalAveragePool', {}, ['a2'], ['g']),
  node('Flatten', {}, ['g'], ['f']),
  node('Gemm', {}, ['f', 'wp'], ['y']),
];
const poolWeights = [random('wp', [6, CLASSES], 11)];

test('an open height and width are those of each input', async () => {
  using model = await open(pooled, poolWeights, { input: ['N', 3, 'height', 'width'] });
  for (const [height, width] of [
    [8, 8],
    [12, 10],
  ] as const) {
    const input = { shape: [3, height, width], data: randomNumbers(3 * height * width, 12) };
    using fixed = await open(pooled, poolWeights, { input: ['N', 3, height, width] });
    assert.equal((await explain(model, input)).relevance, (await explain(fixed, input)).relevance);
  }
  using asked = await open(pooled, poolWeights, { input: ['N', 3, 'height', 'width'], inputShape: [1, 3, 8, 8] });
  await assertRefused(
    explain(asked, { shape: [3, 9, 8], data: new Float32Array(216) }),
    'shape-mismatch',
    /3×9×8.*3×8×8/,
  );
  await assertRefused(
    open(pooled, poolWeights, { input: ['N', 'c', 8, 8] }),
    'bad-argument',
    /leaves the shape of its input "x" open: N×c×8×8/,
  );
});

test('a batch that the network takes away is that of one image', async () => {
  const numbers = [random('bias', [CLASSES], 8), random('slope', [CLASSES, 1], 9), integers('zero', [0])];
  const squeezed = [node('Squeeze', {}, ['l', 'zero'], ['s']), node('Add', {}, ['s', 'bias'], ['y'])];
  using model = await open([...classifier('x', 'l'), ...squeezed], numbers, { input: [1, 3, SIZE, SIZE] });
  using kept = await open([...classifier('x', 'l'), node('Add', {}, ['l', 'bias'], ['y'])], numbers);
  const [found, expected] = [await explain(model, normalised), await explain(kept, normalised)];
  assert.equal(found.classes, expected.classes);
  // The plain Add is merged into the layer before it, and its ε with it.
  assertClose(found.relevance.data, expected.relevance.data, 1e-6);
  // One score, squeezed to a number.
  const score = (shape: string[]) => [
    node('MatMul', {}, ['l', 'slope'], ['s']),
    ...shape.map(() => node('Squeeze', {}, ['s'], ['t'])),
  ];
  const scalar = [...score(['t']), node('Add', {}, ['t', 'half'], ['y'])];
  const whole = [...score([]), node('Add', {}, ['s', 'half'], ['y'])];
  const half = [...numbers, floats('half', [], [0.5])];
  using number = await open([...classifier('x', 'l'), ...scalar], half, { input: [1, 3, SIZE, SIZE] });
  using row = await open([...classifier('x', 'l'), ...whole], half);
  const [one, same] = [await explain(number, normalised), await explain(row, normalised)];
  assert.equal(one.classes, same.classes);
  assertClose(one.relevance.data, same.relevance.data, 1e-6);
});

test('a batch of 1 that the exporter wrote into a Reshape follows the batch', async () => {
  const nodes = [...classifier('x', 'y')];
  const literal = { ...node('Reshape', {}, ['a2', 'one'], ['f']), name: 'literal' };
  nodes[5] = literal;
  for (const shape of [
    [1, 96],
    [1, -1],
  ]) {
    using model = await open(nodes, [integers('one', shape)]);
    const both = { shape: [2, 3, SIZE, SIZE], data: Float32Array.of(...normalised.data, ...pixels.data) };
    const [first, second] = await model.explainBatch([both], { saliency: false });
    assert.equal(first!.relevance.data, (await explain(plain, normalised)).relevance.data);
    assert.equal(second!.relevance.data, (await explain(plain, pixels)).relevance.data);
  }
});

test.run();
