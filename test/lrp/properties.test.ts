import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explainProgram } from '../../src/explain/explain-program.ts';
import type { Init } from '../../src/explain/target.ts';
import { forwardProgram } from '../../src/forward/program.ts';
import type { Graph, GraphNode, Window } from '../../src/graph/graph.ts';
import { type Composite, composite } from '../../src/lrp/composite.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { graphOf } from '../support/graph.ts';
import { randomNumbers } from '../support/random.ts';

const INPUT: Shape = [1, 2, 8, 8];
let seeds = 100;
const random = (name: string, shape: Shape) => sourceOf(name, shape, randomNumbers(elementCount(shape), seeds++));

/** Two convolutions, overlapping max-pooling, an average pooling and two dense layers, all with biases. */
function network(): Graph {
  const window = (kernel: number, stride: number, pad: number): Window => ({
    kernel: [kernel, kernel],
    strides: [stride, stride],
    dilations: [1, 1],
    pads: [pad, pad, pad, pad],
  });
  const nodes: GraphNode[] = [
    { name: 'conv1', op: 'Conv', window: window(3, 1, 1), groups: 1, inputs: ['x', 'w1', 'b1'], outputs: ['z1'] },
    { name: 'relu1', op: 'Relu', inputs: ['z1'], outputs: ['a1'] },
    { name: 'pool1', op: 'MaxPool', window: window(3, 2, 0), inputs: ['a1'], outputs: ['p1'] },
    { name: 'conv2', op: 'Conv', window: window(3, 1, 1), groups: 2, inputs: ['p1', 'w2', 'b2'], outputs: ['z2'] },
    { name: 'relu2', op: 'Relu', inputs: ['z2'], outputs: ['a2'] },
    { name: 'flat', op: 'Reshape', inputs: ['a2'], outputs: ['f'] },
    { name: 'fc1', op: 'Dense', weights: 'oi', inputs: ['f', 'w3', 'b3'], outputs: ['z3'] },
    { name: 'relu3', op: 'Relu', inputs: ['z3'], outputs: ['a3'] },
    { name: 'fc2', op: 'Dense', weights: 'io', inputs: ['a3', 'w4', 'b4'], outputs: ['y'] },
  ];
  const shapes: Record<string, Shape> = {
    z1: [1, 4, 8, 8],
    a1: [1, 4, 8, 8],
    p1: [1, 4, 3, 3],
    z2: [1, 6, 3, 3],
    a2: [1, 6, 3, 3],
    f: [1, 54],
    z3: [1, 12],
    a3: [1, 12],
    y: [1, 5],
  };
  const constants = {
    w1: random('w1', [4, 2, 3, 3]),
    b1: random('b1', [4]),
    w2: random('w2', [6, 2, 3, 3]),
    b2: random('b2', [6]),
    w3: random('w3', [12, 54]),
    b3: random('b3', [12]),
    w4: random('w4', [12, 5]),
    b4: random('b4', [5]),
  };
  return graphOf(INPUT, nodes, shapes, constants);
}

const graph = network();
const x = Float64Array.from(randomNumbers(elementCount(INPUT), 7));

async function relevance(rules: Composite, weights: Float32Array, init: Init = 'logit', of = graph) {
  using device = openReferenceDevice();
  const {
    program,
    ledgers: [ledger],
  } = explainProgram(of, {
    composite: rules,
    ways: [{ start: { target: 'given', init } }],
    saliency: false,
    record: [],
  });
  using executable = await device.prepare(program);
  const { outputs } = await executable.run(
    new Map<string, Float32Array | Float64Array>([
      ['x', x],
      ['target', weights],
    ]),
  );
  const layers = ledger!.read(outputs, 0);
  return { map: outputs.get('relevance')!.data, logits: outputs.get('logits')!.data, layers };
}

const oneHot = (index: number) => Float32Array.from({ length: 5 }, (_, k) => (k === index ? 1 : 0));
const everywhere = (rule: Composite['layers'][number]['rule']): Composite => ({
  name: 'everywhere',
  layers: [{ match: {}, rule }],
  pooling: 'winner',
  lrn: 'pass',
});

test('LRP-0 with ε = 1e-12 through a ReLU network is gradient × input, to 1e-9', async () => {
  const { map } = await relevance(
    everywhere({ rule: 'zero', stabilizer: { kind: 'absolute', epsilon: 1e-12 } }),
    oneHot(2),
  );
  using device = openReferenceDevice();
  using executable = await device.prepare(forwardProgram(graph));
  // The network is piecewise linear, so central differences are exact up to rounding.
  const step = 2 ** -16;
  const expected = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const logit = async (shift: number) => {
      const moved = x.slice();
      moved[i]! += shift;
      return (await executable.run(new Map([['x', moved]]))).outputs.get('y')!.data[2]!;
    };
    expected[i] = (x[i]! * ((await logit(step)) - (await logit(-step)))) / (2 * step);
  }
  assertRelative(map, expected, 1e-9);
});

test('z-plus, z-box, flat and w-square without bias, and pooling, conserve relevance up to the stabilizer', async () => {
  const bare = { bias: 'zero', stabilizer: { kind: 'absolute', epsilon: 1e-9 } } as const;
  for (const rule of [
    { rule: 'z-plus', ...bare },
    { rule: 'flat', ...bare },
    { rule: 'w-square', ...bare },
    { rule: 'z-box', low: [-1], high: [1], ...bare },
  ] as const) {
    const rules = everywhere({ rule: 'z-plus', ...bare });
    const first: Composite = { ...rules, layers: [{ match: { first: true }, rule }, ...rules.layers] };
    const { map, layers } = await relevance(first, oneHot(1));
    const start = layers[0]!.out.sum;
    const sum = [...map].reduce((total, value) => total + value, 0);
    const stabilized = layers.reduce((total, layer) => total + layer.stabilizer, 0);
    assert.ok(Math.abs(start - sum - stabilized) < 1e-9 * Math.abs(start), `${rule.rule}: ${start} became ${sum}`);
    assert.ok(Math.abs(stabilized) < 1e-6 * Math.abs(start), `${rule.rule}: the stabilizer kept ${stabilized}`);
  }
});

test('the ledger accounts for all relevance of every composite: bias, stabilizer, and nothing lost', async () => {
  for (const name of ['epsilon-plus', 'epsilon-plus-flat', 'epsilon-alpha2-beta1', 'salient-relevance'] as const) {
    const { layers } = await relevance(composite(name), oneHot(0));
    for (const { layer, out, lost, notFinite } of layers) {
      assert.ok(Math.abs(lost) < 1e-9 * Math.max(1, Math.abs(out.sum)), `${name}, ${layer}: lost ${lost}`);
      assert.is(notFinite, 0);
    }
  }
});

test('two classes have different maps, in the same network on the same image', async () => {
  const [a, b] = [
    await relevance(composite('epsilon-plus'), oneHot(0)),
    await relevance(composite('epsilon-plus'), oneHot(3)),
  ];
  const dot = (u: ArrayLike<number>, v: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < u.length; i++) sum += u[i]! * v[i]!;
    return sum;
  };
  const cosine = dot(a.map, b.map) / Math.sqrt(dot(a.map, a.map) * dot(b.map, b.map));
  console.log(`cosine between the maps of two classes: ${cosine.toFixed(4)}`);
  assert.ok(Math.abs(cosine) < 0.999);
});

test('relevance starts before a Softmax at the end, and before a Reshape in front of it', async () => {
  const end: GraphNode[] = [
    { name: 'rows', op: 'Reshape', inputs: ['y'], outputs: ['r'] },
    { name: 'softmax', op: 'Softmax', axis: 1, inputs: ['r'], outputs: ['p'] },
    { name: 'column', op: 'Reshape', inputs: ['p'], outputs: ['q'] },
  ];
  const shapes: [string, Shape][] = [
    ['r', [1, 5, 1]],
    ['p', [1, 5, 1]],
    ['q', [1, 5]],
  ];
  const ended: Graph = {
    ...graph,
    nodes: [...graph.nodes, ...end],
    outputs: [{ name: 'q', shape: [1, 5] }],
    shapes: new Map([...graph.shapes, ...shapes]),
  };
  const expected = await relevance(composite('epsilon-plus'), oneHot(3));
  assert.equal(await relevance(composite('epsilon-plus'), oneHot(3), 'logit', ended), expected);
});

/** What one layer without weights hands down to its input of one row, of relevance over its output. */
async function handedDown(
  node: GraphNode,
  numbers: readonly number[],
  arriving: readonly number[],
  choice: Partial<Composite>,
): Promise<number[]> {
  const shape = (length: number): Shape => (node.op === 'LRN' ? [1, length, 1, 1] : [1, 1, 1, length]);
  using device = openReferenceDevice();
  const { program } = explainProgram(graphOf(shape(numbers.length), [node], { y: shape(arriving.length) }), {
    composite: { ...everywhere({ rule: 'zero' }), ...choice },
    ways: [{ start: { target: 'given', init: 'one' } }],
    saliency: false,
    record: [],
  });
  using executable = await device.prepare(program);
  const given = { x: Float64Array.from(numbers), target: Float64Array.from(arriving) };
  return [...(await executable.run(new Map(Object.entries(given)))).outputs.get('relevance')!.data];
}

test('LRN passes relevance on, or shares it out by its Taylor rule, as the composite says', async () => {
  const lrn = {
    name: 'n',
    op: 'LRN',
    size: 5,
    alpha: 0.1,
    beta: 0.75,
    bias: 1,
    inputs: ['x'],
    outputs: ['y'],
  } as const;
  assert.equal(await handedDown(lrn, [1, 2, 3], [1, 0, 0], { lrn: 'pass' }), [1, 0, 0]);
  // The first column of the table in docs/lrp.md, over its sum.
  const shares = [0.985258, -0.077905, -0.175286].map((share) => share / 0.732067);
  assertClose(await handedDown(lrn, [1, 2, 3], [1, 0, 0], { lrn: 'taylor' }), shares, 1e-5);
});

test('max pooling goes by winner, proportion or average, as the composite says, but global pooling by winner', async () => {
  const pool = (width: number): GraphNode => ({
    name: 'pool',
    op: 'MaxPool',
    window: { kernel: [1, width], strides: [1, width], dilations: [1, 1], pads: [0, 0, 0, 0] },
    inputs: ['x'],
    outputs: ['y'],
  });
  for (const pooling of ['winner', 'proportional', 'average'] as const) {
    const shares = pooling === 'winner' ? [0, 1, 2, 0] : [0.25, 0.75, 1.6, 0.4];
    assertClose(await handedDown(pool(2), [1, 3, 4, 1], [1, 2], { pooling }), shares, 1e-5);
    assertClose(await handedDown(pool(4), [1, 3, 4, 1], [1], { pooling }), [0, 0, 1, 0], 1e-5);
  }
});

test('layers without weights take the stabilizer of the composite', async () => {
  const window: Window = { kernel: [1, 2], strides: [1, 2], dilations: [1, 1], pads: [0, 0, 0, 0] };
  const pool: GraphNode = {
    name: 'p',
    op: 'AveragePool',
    window,
    countIncludePad: false,
    inputs: ['x'],
    outputs: ['y'],
  };
  // z = 2, so each input has its half of the sum over 2 + ε.
  assertClose(await handedDown(pool, [1, 3], [1], { normEpsilon: 2 }), [0.125, 0.375], 1e-12);
  assertClose(await handedDown(pool, [1, 3], [1], {}), [0.25, 0.75], 1e-6);
});

test('relevance through single channels of a layer sums to relevance through all of them', async () => {
  const through = async (channels: number[]) => {
    using device = openReferenceDevice();
    const { program } = explainProgram(graph, {
      composite: composite('epsilon-plus'),
      ways: [{ start: { target: 'predicted', init: 'logit' } }],
      saliency: false,
      channels: { conv2: channels },
      record: [],
    });
    using executable = await device.prepare(program);
    return (await executable.run(new Map([['x', x]]))).outputs.get('relevance')!.data;
  };
  const all = await through([0, 1, 2, 3, 4, 5]);
  const sum = new Float64Array(all.length);
  for (let channel = 0; channel < 6; channel++) {
    for (const [i, value] of (await through([channel])).entries()) sum[i]! += value;
  }
  assertRelative(sum, all, 1e-12);
  assert.ok(
    [...(await through([1]))].some((value, i) => Math.abs(value - all[i]!) > 1e-6),
    'nothing was dropped',
  );
  assert.throws(
    () =>
      explainProgram(graph, {
        composite: composite('epsilon-plus'),
        ways: [{ start: { target: 'predicted', init: 'logit' } }],
        saliency: false,
        channels: { conv2: [6] },
        record: [],
      }),
    /channels are 0 to 5/,
  );
});

test('the start is the target’s logit, 1, or a contrast that sums to zero', async () => {
  const start = async (init: Init) => (await relevance(composite('epsilon-plus'), oneHot(4), init)).layers[0]!.out;
  const { logits } = await relevance(composite('epsilon-plus'), oneHot(4));
  assert.is((await start('logit')).sum, logits[4]);
  assert.is((await start('one')).sum, 1);
  const { sum, minimum, maximum } = await start('contrastive');
  assert.ok(Math.abs(sum) < 1e-12);
  assert.equal([minimum, maximum].map(Math.abs).sort(), [Math.abs(logits[4]! / 4), Math.abs(logits[4]!)].sort());
});

test('a sum of a value and itself gives both shares, each counted once in the ledger', async () => {
  const nodes: GraphNode[] = [
    { name: 'flat', op: 'Reshape', inputs: ['x'], outputs: ['f'] },
    { name: 'fc', op: 'Dense', weights: 'oi', inputs: ['f', 'w'], outputs: ['z'] },
    { name: 'twice', op: 'Add', inputs: ['z', 'z'], outputs: ['y'] },
  ];
  const shapes = { f: [1, elementCount(INPUT)], z: [1, 5], y: [1, 5] };
  const twice = graphOf(INPUT, nodes, shapes, { w: random('w', [5, elementCount(INPUT)]) });
  const rule = { rule: 'epsilon', stabilizer: { kind: 'absolute', epsilon: 1e-9 } } as const;
  const { logits, layers } = await relevance(everywhere(rule), oneHot(3), 'logit', twice);
  const sum = layers.find(({ layer }) => layer === 'twice')!;
  assertClose([sum.out.sum, sum.in.sum], [logits[3]!, logits[3]!], 1e-5);
});

test.run();
