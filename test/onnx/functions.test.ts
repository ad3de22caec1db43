import { createRequire } from 'node:module';
import { test } from 'uvu';
import { parseModel } from '../../src/onnx/index.ts';
import { type AttributeDraft, modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
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

const CASES: readonly Case[] = [
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
