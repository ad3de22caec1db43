import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ExplainOptions, type Explanation, Model, type ModelOptions, type Tensor } from '../../src/index.ts';
import { COMPOSITE_NAMES } from '../../src/lrp/composite.ts';
import { modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { assertRefused, floats, integers, modelDraft, node } from '../support/onnx.ts';
import { randomNumbers } from '../support/random.ts';

/*
 * What is explained must not depend on how a file writes its network: each of these networks is explained beside one
 * that means the same and is written plainly.
 */

const SIZE = 8;
const PLANE = SIZE * SIZE;
const CLASSES = 5;
const device = openReferenceDevice();
const MEAN = [124, 116, 104];
const DEVIATION = [58, 57, 56];
/** z-box of pixels that are normalised outside. */
const NORMALISED = {
  low: MEAN.map((mean, c) => -mean / DEVIATION[c]!),
  high: MEAN.map((mean, c) => (255 - mean) / DEVIATION[c]!),
};
const PIXELS = { low: [0], high: [255] };

const random = (name: string, shape: Shape, seed: number) =>
  sourceOf(name, shape, randomNumbers(elementCount(shape), seed));
const weights = [
  random('w1', [4, 3, 3, 3], 1),
  random('b1', [4], 2),
  random('w2', [6, 4, 3, 3], 3),
  random('b2', [6], 4),
  random('w3', [CLASSES, 96], 5),
  random('b3', [CLASSES], 6),
];
const per = (name: string, numbers: readonly number[]) => floats(name, [numbers.length, 1, 1], numbers);
const padded = { pads: { ints: [1, 1, 1, 1] } };

/** A classifier from the value `from` to its logits `to`; its first layer is padded with zeros. */
const classifier = (from: string, to: string): NodeDraft[] => [
  node('Conv', padded, [from, 'w1', 'b1'], ['c1']),
  node('Relu', {}, ['c1'], ['a1']),
  node('MaxPool', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }, ['a1'], ['p1']),
  { ...node('Conv', padded, ['p1', 'w2', 'b2'], ['c2']), name: 'conv2' },
  { ...node('Relu', {}, ['c2'], ['a2']), name: 'relu2' },
  node('Flatten', {}, ['a2'], ['f']),
  node('Gemm', { transB: { int: 1 } }, ['f', 'w3', 'b3'], [to]),
];

type Draft = Parameters<typeof modelDraft>[3];

function open(
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

const explain = (model: Model, input: Tensor, options: ExplainOptions = {}) =>
  model.explain(input, { saliency: false, ...options });

const pixels: Tensor = {
  shape: [3, SIZE, SIZE],
  data: randomNumbers(3 * PLANE, 7).map((number) => Math.round(127.5 + 127 * number)),
};
const normalised: Tensor = {
  shape: pixels.shape,
  data: pixels.data.map((pixel, i) => {
    const c = Math.floor(i / PLANE);
    return (pixel - MEAN[c]!) / DEVIATION[c]!;
  }),
};

/** The tensor with its channels last. */
function channelsLast({ shape, data }: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const moved = Float32Array.from(data, (_, i) => data[(i % channels) * height * width + Math.floor(i / channels)]!);
  return { shape: [height, width, channels], data: moved };
}

/** The tensor with its channels in the other order. */
function flipped({ shape, data }: Tensor): Tensor {
  return { shape, data: Float32Array.from(data, (_, i) => data[(2 - Math.floor(i / PLANE)) * PLANE + (i % PLANE)]!) };
}

const plain = await open(classifier('x', 'y'));
const outside = new Map<string, Explanation>();
for (const composite of COMPOSITE_NAMES) {
  outside.set(composite, await explain(plain, normalised, { composite, parameters: NORMALISED }));
}

const subtracted = [node('Sub', {}, ['x', 'm'], ['s']), node('Div', {}, ['s', 'd'], ['n'])];
const constants = [per('m', MEAN), per('d', DEVIATION)];
const statistics = [
  floats('one', [3], [1, 1, 1]),
  floats('nought', [3], [0, 0, 0]),
  floats('mean', [3], MEAN),
  floats(
    'variance',
    [3],
    DEVIATION.map((deviation) => deviation ** 2),
  ),
];
const batchNormalised = node(
  'BatchNormalization',
  { epsilon: { float: 0 } },
  ['x', 'one', 'nought', 'mean', 'variance'],
  ['n'],
);
const scaled = [
  node('Div', {}, ['x', 'all'], ['u']),
  node('Sub', {}, ['u', 'unit'], ['s']),
  { ...node('Div', {}, ['s', 'd'], ['n']), name: 'div2' },
];
const unit = [
  floats('all', [], [255]),
  per(
    'unit',
    MEAN.map((mean) => mean / 255),
  ),
  per(
    'd',
    DEVIATION.map((deviation) => deviation / 255),
  ),
];
const toPlanes = (from: string, to: string) => node('Transpose', { perm: { ints: [0, 3, 1, 2] } }, [from], [to]);
const lastConstants = [floats('m', [3], MEAN), floats('d', [1, 1, 1, 3], DEVIATION)];
const last = { input: ['N', SIZE, SIZE, 3] };
const back = [integers('from', [-1]), integers('to', [-(2 ** 62)]), integers('axes', [1]), integers('steps', [-1])];

const writings: Record<string, () => Promise<[Model, Tensor]>> = {
  'Sub and Div': async () => [await open([...subtracted, ...classifier('n', 'y')], constants), pixels],
  BatchNormalization: async () => [await open([batchNormalised, ...classifier('n', 'y')], statistics), pixels],
  'Div by 255, Sub, Div': async () => [await open([...scaled, ...classifier('n', 'y')], unit), pixels],
  'Mul and Add': async () => [
    await open(
      [node('Mul', {}, ['x', 'k'], ['s']), node('Add', {}, ['t', 's'], ['n']), ...classifier('n', 'y')],
      [
        per(
          'k',
          DEVIATION.map((deviation) => 1 / deviation),
        ),
        per(
          't',
          MEAN.map((mean, c) => -mean / DEVIATION[c]!),
        ),
      ],
    ),
    pixels,
  ],
  'channels last, normalised before the Transpose': async () => [
    await open([...subtracted, toPlanes('n', 't'), ...classifier('t', 'y')], lastConstants, last),
    channelsLast(pixels),
  ],
  'channels last, normalised behind the Transpose': async () => [
    await open(
      [toPlanes('x', 't'), node('Sub', {}, ['t', 'm'], ['s']), subtracted[1]!, ...classifier('n', 'y')],
      constants,
      last,
    ),
    channelsLast(pixels),
  ],
  'channels flipped, then Sub and Div': async () => [
    await open(
      [
        node('Slice', {}, ['x', 'from', 'to', 'axes', 'steps'], ['flip']),
        node('Sub', {}, ['flip', 'm'], ['s']),
        subtracted[1]!,
        ...classifier('n', 'y'),
      ],
      [...constants, ...back],
    ),
    flipped(pixels),
  ],
  'each channel by itself, then Concat': async () => {
    const channels = MEAN.flatMap((_, c) => [
      { ...node('Gather', { axis: { int: 1 } }, ['x', `i${c}`], [`g${c}`]), name: `gather${c}` },
      { ...node('Unsqueeze', {}, [`g${c}`, 'axis'], [`u${c}`]), name: `unsqueeze${c}` },
      { ...node('Sub', {}, [`u${c}`, `m${c}`], [`s${c}`]), name: `sub${c}` },
      { ...node('Div', {}, [`s${c}`, `d${c}`], [`n${c}`]), name: `div${c}` },
    ]);
    const joined = node('Concat', { axis: { int: 1 } }, ['n0', 'n1', 'n2'], ['n']);
    const numbers = MEAN.flatMap((mean, c) => [
      integers(`i${c}`, [c], []),
      floats(`m${c}`, [], [mean]),
      floats(`d${c}`, [], [DEVIATION[c]!]),
    ]);
    return [await open([...channels, joined, ...classifier('n', 'y')], [...numbers, integers('axis', [1])]), pixels];
  },
};

for (const [writing, make] of Object.entries(writings)) {
  test(`normalised inside the network (${writing}): the relevance of the network normalised outside`, async () => {
    const [model, input] = await make();
    for (const composite of COMPOSITE_NAMES) {
      const expected = outside.get(composite)!;
      const found = await explain(model, input, { composite, parameters: PIXELS });
      assertClose(found.logits.data, expected.logits.data, 1e-4);
      const relevance = writing.includes('flipped') ? flipped(found.relevance) : found.relevance;
      assert.equal(relevance.shape, [3, SIZE, SIZE]);
      assertRelative(relevance.data, expected.relevance.data, 1e-5, composite);
    }
    model.close();
  });
}

test('a network that normalises its pixels itself is given pixels, others the usual preprocessing', async () => {
  const range = async (nodes: NodeDraft[], numbers: TensorSource[]) => {
    using model = await open([...nodes, ...classifier('n', 'y')], numbers);
    return [model.preprocessing.range, ...model.preprocessing.mean, ...model.preprocessing.std];
  };
  assert.equal(await range(subtracted, constants), [255, 0, 0, 0, 1, 1, 1]);
  assert.equal(await range(scaled, unit), [255, 0, 0, 0, 1, 1, 1]);
  const ofUnit = [...unit.filter(({ name }) => name !== 'unit' && name !== 'all')];
  const fromOne = [node('Sub', {}, ['x', 'unit'], ['s']), { ...node('Div', {}, ['s', 'd'], ['n']), name: 'div2' }];
  assert.equal(await range(fromOne, [...ofUnit, unit[1]!]), [1, 0, 0, 0, 1, 1, 1]);
  assert.match(plain.preprocessingOrigin, /^imagenet/);
});

test('z-box behind something that moves the bounds in no known way is refused, and taken by name', async () => {
  const nodes = [node('Sigmoid', {}, ['x'], ['n']), ...classifier('n', 'y')];
  using model = await open(nodes);
  const composite = 'epsilon-gamma-box';
  await assertRefused(explain(model, pixels, { composite }), 'unsupported', /what "conv" reads.*z-box of its own/);
});

test('a BatchNormalization in front of an activation is the same written as Mul and Add', async () => {
  const head = classifier('x', 'y');
  const between = (nodes: NodeDraft[]) => [
    ...head.slice(0, 3),
    ...nodes,
    { ...node('Relu', {}, ['n'], ['r']), name: 'relu3' },
    { ...head[3]!, inputs: ['r', 'w2', 'b2'] },
    ...head.slice(4),
  ];
  const [scale, shift] = [
    [0.5, -2, 1, 3],
    [1, -1, 0.5, 0],
  ] as const;
  const normal = { ...batchNormalised, inputs: ['p1', 's', 't', 'o', 'v'] };
  const ofFour = [
    floats('s', [4], scale),
    floats('t', [4], shift),
    floats('o', [4], [0, 0, 0, 0]),
    floats('v', [4], [1, 1, 1, 1]),
  ];
  using expected = await open(between([normal]), ofFour);
  const steps = [node('Mul', {}, ['p1', 's'], ['q']), node('Add', {}, ['q', 't'], ['n'])];
  using found = await open(between(steps), [per('s', scale), per('t', shift)]);
  for (const composite of COMPOSITE_NAMES) {
    const [a, b] = [
      await explain(found, normalised, { composite }),
      await explain(expected, normalised, { composite }),
    ];
    assertRelative(a.relevance.data, b.relevance.data, 1e-12, composite);
  }
});

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
