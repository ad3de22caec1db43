import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addForward } from '../../src/forward/forward.ts';
import type { GraphNode } from '../../src/graph/graph.ts';
import { lrnTaylor } from '../../src/kernels/lrn/operation.ts';
import { maxPool, maxPoolTranspose } from '../../src/kernels/pool/operation.ts';
import { addRelevance } from '../../src/lrp/add-relevance.ts';
import { analyseRelevance } from '../../src/lrp/analysis.ts';
import { assignRules, type Composite } from '../../src/lrp/composite.ts';
import type { Rule } from '../../src/lrp/rule.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { constant, graphOf } from '../support/graph.ts';

/** The dense layer of docs/lrp.md: W's rows are inputs, R = [1, 2]. */
async function denseByHand(rule: Rule, x: readonly number[], relevance: readonly number[]): Promise<number[]> {
  const node: GraphNode = { name: 'fc', op: 'Dense', weights: 'io', inputs: ['x', 'w', 'b'], outputs: ['y'] };
  const graph = graphOf(
    [1, 3],
    [node],
    { y: [1, 2] },
    {
      w: constant('w', [3, 2], [1, -1, -0.5, 0.75, 2, 0.5]),
      b: { ...sourceOf('b', [2], new Float32Array(0)), type: 'float64', bytes: float64Bytes([0.1, -0.2]) },
    },
  );
  const composite: Composite = { name: 'test', layers: [{ match: {}, rule }], pooling: 'winner', lrn: 'pass' };
  const analysis = analyseRelevance(graph, composite, assignRules(graph, composite));
  const builder = new ProgramBuilder();
  const forward = addForward(builder, graph, { keep: analysis.keep });
  const start = builder.constant(constant('R', [1, 2], relevance));
  const { relevance: maps } = addRelevance(builder, graph, forward, analysis, {
    starts: [{ value: 'y', buffer: start }],
  });
  builder.output('z', forward.values.get('y')!);
  builder.output('R', maps.get('x')!);
  using device = openReferenceDevice();
  using program = await device.prepare(builder.build());
  const { outputs } = await program.run(new Map([['x', Float64Array.from(x)]]));
  return [...outputs.get('R')!.data];
}

function float64Bytes(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(numbers).buffer);
}

const exact = { stabilizer: { kind: 'absolute', epsilon: 0 } } as const;
const A = [1, 2, 0.5];
const CASES: readonly [string, Rule, readonly number[], readonly number[]][] = [
  ['LRP-0', { rule: 'zero' }, A, [-2.727273, 4.545455, 1.818182]],
  [
    'epsilon .25',
    { rule: 'epsilon', stabilizer: { kind: 'absolute', epsilon: 0.25 } },
    A,
    [-1.759259, 3.009259, 1.365741],
  ],
  ['z-plus, no bias', { rule: 'z-plus', bias: 'zero', ...exact }, A, [0.5, 1.714286, 0.785714]],
  ['z-plus, bias kept', { rule: 'z-plus', ...exact }, A, [0.47619, 1.714286, 0.761905]],
  ['alpha2-beta1, no bias', { rule: 'alpha-beta', bias: 'zero', ...exact }, A, [-1, 2.428571, 1.571429]],
  ['alpha2-beta1, bias kept', { rule: 'alpha-beta', ...exact }, A, [-0.714286, 2.428571, 1.52381]],
  ['gamma .25, bias kept', { rule: 'gamma', gamma: 0.25, ...exact }, A, [-1.256086, 3.182084, 1.402142]],
  ['z-box', { rule: 'z-box', low: [-2], high: [2.5], ...exact }, [0.2, -1, 0.7], [1.280749, 0.528075, 1.191176]],
  ['w-square, no bias', { rule: 'w-square', bias: 'zero', ...exact }, A, [1.293924, 0.668309, 1.037767]],
  ['flat', { rule: 'flat', ...exact }, A, [1, 1, 1]],
];

for (const [name, rule, x, expected] of CASES) {
  test(`${name} gives the dense layer's values by hand`, async () => {
    assertClose(await denseByHand(rule, x, [1, 2]), expected, 1e-6);
  });
}

test('the first of equal maxima takes all', () => {
  const attributes = {
    window: { kernel: [1, 2], strides: [1, 2], dilations: [1, 1], pads: [0, 0, 0, 0] },
    output: [1, 1],
  } as const;
  const tensor = (shape: number[], numbers: number[]): Tensor => ({ shape, data: Float64Array.from(numbers) });
  const [y, winners] = [tensor([1, 1, 1, 1], [0]), tensor([1, 1, 1, 1], [0])];
  maxPool(attributes).reference([tensor([1, 1, 1, 2], [3, 3])], [y, winners]);
  const relevance = tensor([1, 1, 1, 2], [9, 9]);
  maxPoolTranspose({ ...attributes, spatial: [1, 2] }).reference([tensor([1, 1, 1, 1], [1]), winners], [relevance]);
  assert.is(y.data[0], 3);
  assert.equal([...relevance.data], [1, 0]);
});

test('the Taylor rule of LRN gives its shares by hand', () => {
  const x: Tensor = { shape: [1, 3, 1, 1], data: Float64Array.from([1, 2, 3]) };
  const shares = [
    [0.985258, -0.038952, -0.058429],
    [-0.077905, 1.887827, -0.233714],
    [-0.175286, -0.350571, 2.64978],
  ];
  const rule = lrnTaylor({ size: 5, alpha: 0.1, beta: 0.75, bias: 1, epsilon: 0 });
  for (let j = 0; j < 3; j++) {
    const total = shares.reduce((sum, row) => sum + row[j]!, 0);
    const relevance: Tensor = { shape: x.shape, data: new Float64Array(3) };
    relevance.data[j] = total;
    const output: Tensor = { shape: x.shape, data: new Float64Array(3) };
    rule.reference([x, relevance], [output]);
    // The total of three numbers rounded to six digits is itself known to 1.5e-6 only.
    const expected = shares.map((row) => row[j]!);
    assertClose(output.data, expected, 2e-6);
  }
});

test('average pooling hands relevance down by parts, or in equal shares', async () => {
  // Two windows of two over [3, 1, −1, 2]: R = [8, 3].
  const window = { kernel: [1, 2], strides: [1, 2], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
  const pool: GraphNode = {
    name: 'p',
    op: 'AveragePool',
    inputs: ['x'],
    outputs: ['y'],
    window,
    countIncludePad: false,
  };
  const mean: GraphNode = { name: 'm', op: 'ReduceMean', inputs: ['x'], outputs: ['y'], axes: [3] };
  for (const [node, shape, relevance, parts, shares] of [
    [pool, [1, 1, 1, 2], [8, 3], [6, 2, -3, 6], [4, 4, 1.5, 1.5]],
    [mean, [1, 1, 1, 1], [10], [6, 2, -2, 4], [2.5, 2.5, 2.5, 2.5]],
  ] as const) {
    for (const [averagePooling, expected] of [
      ['norm', parts],
      ['uniform', shares],
    ] as const) {
      const graph = graphOf([1, 1, 1, 4], [node], { y: shape }, {});
      const composite: Composite = {
        name: 'test',
        layers: [],
        pooling: 'winner',
        averagePooling,
        lrn: 'pass',
        normEpsilon: 0,
      };
      const analysis = analyseRelevance(graph, composite, assignRules(graph, composite));
      const builder = new ProgramBuilder();
      const forward = addForward(builder, graph, { keep: analysis.keep });
      const buffer = builder.constant(constant('R', shape, relevance));
      const { relevance: maps } = addRelevance(builder, graph, forward, analysis, { starts: [{ value: 'y', buffer }] });
      builder.output('R', maps.get('x')!);
      using device = openReferenceDevice();
      using program = await device.prepare(builder.build());
      const { outputs } = await program.run(new Map([['x', Float64Array.of(3, 1, -1, 2)]]));
      assertRelative(outputs.get('R')!.data, expected, 1e-12);
    }
  }
});

test.run();
