import { createRequire } from 'node:module';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Model } from '../../src/model/model.ts';
import { parseModel } from '../../src/onnx/index.ts';
import { type AttributeDraft, modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import type { TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { assertRefused, floats, integers, modelDraft, node, parsed } from '../support/onnx.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { runGraph } from '../support/run-graph.ts';

interface Runtime {
  readonly InferenceSession: { create(bytes: Uint8Array, options: { logSeverityLevel: number }): Promise<Session> };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => object;
}

interface Session {
  run(inputs: Record<string, object>): Promise<Record<string, { readonly data: Float32Array }>>;
}

const { InferenceSession, Tensor } = createRequire(`${repositoryRoot}test/package.json`)('onnxruntime-node') as Runtime;

type Case = readonly [
  title: string,
  shape: Shape,
  nodes: readonly NodeDraft[],
  constants?: readonly TensorSource[],
  opset?: number,
];

const IMAGE: Shape = [2, 6, 5, 4];
const one = (op: string, attributes: Readonly<Record<string, AttributeDraft>> = {}): Case => [
  op,
  IMAGE,
  [node(op, attributes)],
];
/** Of positive numbers. */
const positive = (op: string): Case => [op, IMAGE, [node('Exp', {}, ['x'], ['e']), node(op, {}, ['e'])]];
const resize = (title: string, attributes: Readonly<Record<string, string>>, scales: readonly number[]): Case => [
  `Resize ${title}`,
  IMAGE,
  [
    node('Resize', Object.fromEntries(Object.entries(attributes).map(([name, string]) => [name, { string }])), [
      'x',
      '',
      's',
    ]),
  ],
  [floats('s', [4], scales)],
];

const LINE: Shape = [2, 6, 11];

/** A transposed convolution of six channels to `filters`, with these attributes. */
const transposed = (
  title: string,
  attributes: Readonly<Record<string, AttributeDraft>>,
  filters = 4,
  kernel = [3, 2],
): Case => {
  const groups = (attributes.group as { int: number } | undefined)?.int ?? 1;
  const shape = [6, filters / groups, ...kernel];
  const weights = floats('w', shape, [...randomNumbers(elementCount(shape), 41)]);
  const bias = floats('b', [filters], [...randomNumbers(filters, 42)]);
  return [`ConvTranspose ${title}`, IMAGE, [node('ConvTranspose', attributes, ['x', 'w', 'b'])], [weights, bias]];
};

/** An operator with windows along [N,C,L]. */
const line = (op: string, attributes: Readonly<Record<string, AttributeDraft>>): Case => [
  `${op} of lines`,
  LINE,
  [node(op, attributes)],
];

const CASES: readonly Case[] = [
  transposed('plain', {}),
  transposed('strided', { strides: { ints: [2, 3] } }),
  transposed('padded', { strides: { ints: [2, 2] }, pads: { ints: [1, 0, 2, 1] } }),
  transposed('with output_padding', {
    strides: { ints: [3, 2] },
    output_padding: { ints: [2, 1] },
    pads: { ints: [1, 1, 1, 1] },
  }),
  transposed('in groups', { group: { int: 2 }, strides: { ints: [2, 1] } }),
  transposed('dilated', { dilations: { ints: [2, 3] }, strides: { ints: [1, 2] } }),
  transposed('SAME_UPPER', { auto_pad: { string: 'SAME_UPPER' }, strides: { ints: [2, 2] } }),
  transposed('SAME_LOWER', { auto_pad: { string: 'SAME_LOWER' }, strides: { ints: [2, 2] } }),
  transposed('of a given size', { output_shape: { ints: [12, 9] }, strides: { ints: [2, 2] } }, 4, [4, 3]),
  transposed('cut to less', { pads: { ints: [3, 2, 3, 2] }, strides: { ints: [2, 2] } }),
  [
    'Conv of lines',
    LINE,
    [
      node('Conv', { group: { int: 2 }, strides: { ints: [2] }, pads: { ints: [2, 1] }, dilations: { ints: [2] } }, [
        'x',
        'w',
        'b',
      ]),
    ],
    [floats('w', [4, 3, 3], [...randomNumbers(36, 43)]), floats('b', [4])],
  ],
  line('MaxPool', { kernel_shape: { ints: [3] }, strides: { ints: [2] }, pads: { ints: [1, 0] } }),
  line('AveragePool', { kernel_shape: { ints: [4] }, strides: { ints: [3] }, ceil_mode: { int: 1 } }),
  line('GlobalAveragePool', {}),
  line('GlobalMaxPool', {}),
  one('ReduceMax', { axes: { ints: [2, 3] } }),
  one('ReduceMax', { axes: { ints: [1] }, keepdims: { int: 0 } }),
  one('ReduceMax', { axes: { ints: [1, 3] } }),
  ['Tile', IMAGE, [node('Tile', {}, ['x', 'r'])], [integers('r', [1, 2, 1, 3])]],
  ...['Tanh', 'Erf', 'Exp', 'Abs', 'Neg', 'Softplus', 'Softsign', 'HardSwish'].map((op) => one(op)),
  ...['Log', 'Sqrt', 'Reciprocal'].map(positive),
  one('Elu', { alpha: { float: 1.5 } }),
  one('Selu'),
  one('Celu', { alpha: { float: 0.7 } }),
  one('HardSigmoid', { alpha: { float: 0.3 }, beta: { float: 0.4 } }),
  ['Gelu', IMAGE, [node('Gelu')], [], 20],
  ['Gelu by tanh', IMAGE, [node('Gelu', { approximate: { string: 'tanh' } })], [], 20],
  ['Pow', IMAGE, [node('Pow', {}, ['x', 'c'])], [floats('c', [], [3])]],
  ['PRelu', IMAGE, [node('PRelu', {}, ['x', 'c'])], [floats('c', [6, 1, 1], [0.1, -0.2, 0.3, 0, 1, 2])]],
  ['Max', IMAGE, [node('Max', {}, ['x', 'c'])], [floats('c', [], [0.2])]],
  ['Min', IMAGE, [node('Min', {}, ['c', 'x'])], [floats('c', [1], [-0.1])]],
  ['Div by a computed value', IMAGE, [node('Exp', {}, ['x'], ['e']), node('Div', {}, ['x', 'e'])]],
  ['ReduceSum', IMAGE, [node('ReduceSum', { keepdims: { int: 0 } }, ['x', 'a'])], [integers('a', [1, 3])]],
  one('ReduceL2', { axes: { ints: [1] } }),
  ['Expand', [2, 1, 4], [node('Expand', {}, ['x', 'c'])], [integers('c', [3, 1, 5, 1])]],
  [
    'InstanceNormalization',
    IMAGE,
    [node('InstanceNormalization', { epsilon: { float: 0.01 } }, ['x', 'c', 'd'])],
    [floats('c', [6]), floats('d', [6])],
  ],
  [
    'LayerNormalization',
    IMAGE,
    [node('LayerNormalization', { axis: { int: 2 } }, ['x', 'c', 'd'])],
    [floats('c', [5, 4]), floats('d', [5, 4])],
    17,
  ],
  [
    'GroupNormalization',
    IMAGE,
    [node('GroupNormalization', { num_groups: { int: 3 } }, ['x', 'c', 'd'])],
    [floats('c', [6]), floats('d', [6])],
    21,
  ],
  ['DepthToSpace', [1, 8, 2, 3], [node('DepthToSpace', { blocksize: { int: 2 } })]],
  ['DepthToSpace CRD', [1, 8, 2, 3], [node('DepthToSpace', { blocksize: { int: 2 }, mode: { string: 'CRD' } })]],
  resize('nearest', { mode: 'nearest' }, [1, 1, 2, 3]),
  resize('nearest down', { mode: 'nearest', nearest_mode: 'floor' }, [1, 1, 0.6, 0.5]),
  resize('linear', { mode: 'linear' }, [1, 1, 1.7, 2.5]),
  resize('linear, corners aligned', { mode: 'linear', coordinate_transformation_mode: 'align_corners' }, [1, 1, 2, 2]),
  resize('linear, asymmetric', { mode: 'linear', coordinate_transformation_mode: 'asymmetric' }, [1, 1, 2, 0.7]),
  [
    'GELU in parts',
    IMAGE,
    [
      node('Div', {}, ['x', 'root'], ['d']),
      node('Erf', {}, ['d'], ['e']),
      node('Add', {}, ['e', 'one'], ['s']),
      node('Mul', {}, ['x', 's'], ['p']),
      { ...node('Mul', {}, ['p', 'half']), name: 'halved' },
    ],
    [floats('root', [], [Math.SQRT2]), floats('one', [], [1]), floats('half', [], [0.5])],
  ],
];

for (const [title, shape, nodes, constants = [], operatorSet = 13] of CASES) {
  test(`${title} gives onnxruntime's numbers`, async () => {
    // HardSwish came with operator set 14.
    const bytes = modelBytes(
      modelDraft(shape, nodes, constants, { operatorSet: Math.max(operatorSet, 14) === 14 ? 14 : operatorSet }),
    );
    const input = randomNumbers(elementCount(shape), 7);
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const expected = await session.run({ x: new Tensor('float32', input, shape) });
    const actual = await runGraph(await parseModel(bytes), new Map([['x', input]]));
    assertRelative(actual.get('y')!.data, expected.y!.data, 2e-6, title);
  });
}

test('integer and logical arithmetic on constants is folded', async () => {
  const nodes = [
    node('Equal', {}, ['a', 'b'], ['e']),
    node('Not', {}, ['e'], ['n']),
    node('Where', {}, ['n', 'a', 'b'], ['w']),
    node('Mod', {}, ['w', 'three'], ['m']),
    node('Range', {}, ['zero', 'three', 'two'], ['r']),
    node('Concat', { axis: { int: 0 } }, ['m', 'r'], ['s']),
    node('Reshape', {}, ['x', 's']),
  ];
  // e = [true, false]; w = [-1, 8]; m = [2, 2]; r = [0, 2].
  const constants = [
    integers('a', [-1, 8]),
    integers('b', [-1, 5]),
    integers('three', [3], []),
    integers('zero', [0], []),
    integers('two', [2], []),
  ];
  const graph = await parsed([2, 2, 1, 2], nodes, constants);
  assertRelative(graph.shapes.get('y')!, [2, 2, 1, 2], 0);
});

test('bfloat16 weights are the numbers that they stand for', async () => {
  const numbers = Float32Array.of(1.5, -2, 0.15625, 2 ** 100, 1, 0);
  const bits = Uint16Array.from(numbers, (_, i) => new DataView(numbers.buffer).getUint16(4 * i + 2, true));
  const source = { name: 'w', shape: [6], type: 'bfloat16', bytes: new Uint8Array(bits.buffer) } as const;
  const bytes = modelBytes(
    modelDraft([6], [node('Cast', { to: { int: 1 } }, ['w'], ['f']), node('Mul', {}, ['x', 'f'])], [source]),
  );
  const result = await runGraph(await parseModel(bytes), new Map([['x', new Float32Array(6).fill(2)]]));
  assertRelative(
    result.get('y')!.data,
    numbers.map((value) => 2 * value),
    0,
  );
});

test("weights that are dequantised when the network is opened give onnxruntime's numbers", async () => {
  const int8 = (name: string, shape: Shape, numbers: readonly number[]): TensorSource => ({
    name,
    shape,
    type: 'int8',
    bytes: new Uint8Array(Int8Array.from(numbers).buffer),
  });
  const quantised = Array.from(randomNumbers(4 * 6 * 9, 48), (value) => Math.round(value * 90));
  const w = int8('q', [4, 6, 3, 3], quantised);
  const byAxis = node('DequantizeLinear', { axis: { int: 0 } }, ['q', 's', 'z'], ['w']);
  const conv = node('Conv', {}, ['x', 'w']);
  for (const [dequantise, scale, zero] of [
    [byAxis, floats('s', [4], [0.01, 0.02, 0.5, 1]), int8('z', [4], [1, -2, 0, 7])],
    [node('DequantizeLinear', {}, ['q', 's', 'z'], ['w']), floats('s', [], [0.03]), int8('z', [], [5])],
  ] as const) {
    const bytes = modelBytes(modelDraft(IMAGE, [dequantise, conv], [w, scale, zero]));
    const input = randomNumbers(elementCount(IMAGE), 49);
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const expected = await session.run({ x: new Tensor('float32', input, IMAGE) });
    const actual = await runGraph(await parseModel(bytes), new Map([['x', input]]));
    assertRelative(actual.get('y')!.data, expected.y!.data, 2e-6);
  }
  const computed = [node('Cast', { to: { int: 3 } }, ['x'], ['c']), node('DequantizeLinear', {}, ['c', 's'])];
  await assertRefused(parsed([4], computed, [floats('s', [])]), 'unsupported', /Cast|dequantises computed values/);
});

test('a transposed convolution keeps relevance as a convolution does', async () => {
  const shape = [6, 4, 3, 3];
  const nodes = [
    node('ConvTranspose', { strides: { ints: [2, 2] } }, ['x', 'w'], ['h']),
    node('Relu', {}, ['h'], ['r']),
    node('GlobalAveragePool', {}, ['r'], ['m']),
    node('Flatten', {}, ['m']),
  ];
  const weights = floats('w', shape, [...randomNumbers(elementCount(shape), 44)]);
  using device = openReferenceDevice();
  using model = await Model.open(device, modelBytes(modelDraft([1, 6, 5, 4], nodes, [weights])));
  const input = { shape: [6, 5, 4], data: randomNumbers(120, 45) };
  for (const composite of ['epsilon-plus', 'epsilon-alpha2-beta1'] as const) {
    const { relevance, target } = await model.explain(input, { composite, saliency: false });
    const sum = Array.from(relevance.data).reduce((total, value) => total + value, 0);
    assertRelative([sum], [target.start], 1e-4);
  }
});

test('networks of lines [N,C,L] are explained, without an SR map', async () => {
  const nodes = [
    node('Conv', { pads: { ints: [1, 1] } }, ['x', 'w'], ['h']),
    node('Relu', {}, ['h'], ['r']),
    node('GlobalAveragePool', {}, ['r'], ['m']),
    node('Flatten', {}, ['m']),
  ];
  const weights = floats('w', [4, 3, 3], [...randomNumbers(36, 46)]);
  using device = openReferenceDevice();
  using model = await Model.open(device, modelBytes(modelDraft(['N', 3, 9], nodes, [weights])));
  const data = randomNumbers(54, 47);
  const both = await model.explainBatch([{ shape: [2, 3, 9], data }], { saliency: false });
  assert.is(both.length, 2);
  const one = await model.explain({ shape: [3, 9], data: data.subarray(27) }, { saliency: false });
  assert.equal(one.relevance.shape, [3, 9]);
  assert.equal(one.relevance.data, both[1]!.relevance.data);
  const sum = Array.from(one.relevance.data).reduce((total, value) => total + value, 0);
  assertRelative([sum], [one.target.start], 1e-4);
  const input = { shape: [3, 9], data: data.subarray(27) };
  await assertRefused(model.explain(input), 'unsupported', /an SR map needs pictures \[N,C,H,W\].*saliency to false/);
  const wrong = { shape: [3, 3, 3, 9], data: new Float32Array(243) };
  await assertRefused(model.explain(wrong, { saliency: false }), 'bad-tensor', /expected \[C,L\] or \[N,C,L\]/);
});

test('what is not supported of the new operators is refused by name', async () => {
  await assertRefused(parsed([1, 2], [node('Mod', {}, ['x', 'x'])]), 'unsupported', /is computed, but must be known/);
  const cubic = [node('Resize', { mode: { string: 'cubic' } }, ['x', '', 's'])];
  await assertRefused(
    parsed([1, 1, 2, 2], cubic, [floats('s', [4], [1, 1, 2, 2])]),
    'unsupported',
    /its mode is cubic/,
  );
  const deep = [node('Resize', {}, ['x', '', 's'])];
  await assertRefused(
    parsed([1, 1, 2, 2], deep, [floats('s', [4], [1, 2, 2, 2])]),
    'unsupported',
    /only height and width/,
  );
  const power = [node('Pow', {}, ['x', 'c'])];
  await assertRefused(parsed([1, 2], power, [floats('c', [2], [2, 3])]), 'unsupported', /exponent is not one number/);
});

test.run();
