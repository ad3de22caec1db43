import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Explanation, Model, Tensor } from '../../src/index.ts';
import { COMPOSITE_NAMES } from '../../src/lrp/composite.ts';
import type { NodeDraft } from '../../src/onnx/write.ts';
import type { TensorSource } from '../../src/tensor/source.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { assertRefused, floats, integers, node } from '../support/onnx.ts';
import {
  channelsLast,
  classifier,
  DEVIATION,
  explain,
  last,
  MEAN,
  normalised,
  open,
  PLANE,
  pixels,
  SIZE,
  toPlanes,
} from './small-classifier.ts';

/* A network that normalises its input itself is explained as the same network behind a normalisation outside. */

const plain = await open(classifier('x', 'y'));
/** z-box of pixels that are normalised outside. */
const NORMALISED = {
  low: MEAN.map((mean, c) => -mean / DEVIATION[c]!),
  high: MEAN.map((mean, c) => (255 - mean) / DEVIATION[c]!),
};
const PIXELS = { low: [0], high: [255] };
const per = (name: string, numbers: readonly number[]) => floats(name, [numbers.length, 1, 1], numbers);

/** The tensor with its channels in the other order. */
function flipped({ shape, data }: Tensor): Tensor {
  return { shape, data: Float32Array.from(data, (_, i) => data[(2 - Math.floor(i / PLANE)) * PLANE + (i % PLANE)]!) };
}

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
const lastConstants = [floats('m', [3], MEAN), floats('d', [1, 1, 1, 3], DEVIATION)];
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
  'channels last and flipped, then Sub and Div': async () => [
    await open(
      [
        node('Slice', {}, ['x', 'from', 'to', 'three', 'steps'], ['flip']),
        node('Sub', {}, ['flip', 'm'], ['s']),
        subtracted[1]!,
        toPlanes('n', 't'),
        ...classifier('t', 'y'),
      ],
      [...lastConstants, ...back, integers('three', [3])],
      last,
    ),
    channelsLast(flipped(pixels)),
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

test.run();
