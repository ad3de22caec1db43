import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addForward } from '../../src/forward/forward.ts';
import { GRADIENT } from '../../src/gradient/gradient.ts';
import { GUIDED_BACKPROP } from '../../src/gradient/guided-backprop.ts';
import type { Graph, GraphNode, GraphOp, NodeOf, Window } from '../../src/graph/graph.ts';
import { addReverse } from '../../src/reverse/add-reverse.ts';
import type { Handlers } from '../../src/reverse/handlers.ts';
import type { Device } from '../../src/tensor/device.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { graphOf } from '../support/graph.ts';
import { randomNumbers } from '../support/random.ts';

const reference = openReferenceDevice();
let seeds = 40;
const numbers = (shape: Shape) => Float64Array.from(randomNumbers(elementCount(shape), seeds++));
const random = (shape: Shape): TensorSource => sourceOf('random', shape, Float32Array.from(numbers(shape)));
const window = (kernel: number, stride: number, pad = 0): Window => ({
  kernel: [kernel, kernel],
  strides: [stride, stride],
  dilations: [1, 1],
  pads: [pad, pad, pad, pad],
});

/** What values a run gives, and what a method takes back to `x` from starts at some values. */
async function run(
  graph: Graph,
  x: Float64Array,
  handlers: Handlers,
  starts: Readonly<Record<string, Float64Array>>,
  device: Device = reference,
): Promise<{ values: Map<string, Float64Array>; back: Float64Array }> {
  const builder = new ProgramBuilder();
  const forward = addForward(builder, graph, { keep: new Set(Object.keys(starts)) });
  const given = Object.keys(starts).map((value) => ({
    value,
    buffer: builder.input(`start ${value}`, graph.shapes.get(value)!),
  }));
  const back = addReverse(builder, graph, forward, { handlers, starts: given });
  for (const value of Object.keys(starts)) builder.output(value, forward.values.get(value)!);
  builder.output('back', back.get('x')!);
  using executable = await device.prepare(builder.build());
  const inputs = Object.entries(starts).map(([value, start]) => [`start ${value}`, start] as const);
  const { outputs } = await executable.run(new Map([['x', x], ...inputs]));
  const data = (name: string) => Float64Array.from(outputs.get(name)!.data);
  return { values: new Map(Object.keys(starts).map((value) => [value, data(value)])), back: data('back') };
}

/** Central differences of Σ start·value. */
async function differences(graph: Graph, x: Float64Array, starts: Readonly<Record<string, Float64Array>>) {
  const step = 1e-5;
  const score = async (moved: Float64Array) => {
    const { values } = await run(graph, moved, GRADIENT, starts);
    return Object.entries(starts).reduce(
      (sum, [value, start]) => sum + start.reduce((dot, weight, i) => dot + weight * values.get(value)![i]!, 0),
      0,
    );
  };
  const expected = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const at = (shift: number) => score(x.map((value, j) => (i === j ? value + shift : value)));
    expected[i] = ((await at(step)) - (await at(-step))) / (2 * step);
  }
  return expected;
}

interface Case {
  readonly input: Shape;
  readonly nodes: readonly GraphNode[];
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly constants?: Readonly<Record<string, TensorSource>>;
}

const IMAGE: Shape = [1, 2, 5, 5];
/** One node from x to y. */
const alone = <Op extends GraphOp>(
  node: { readonly op: Op } & Omit<NodeOf<Op>, 'op' | 'name' | 'inputs' | 'outputs'>,
  input: Shape,
  y: Shape,
): Case => ({
  input,
  nodes: [{ ...node, name: 'node', inputs: ['x'], outputs: ['y'] } as unknown as GraphNode],
  shapes: { y },
});
const mean: GraphNode = { name: 'mean', op: 'ReduceMean', axes: [2, 3], inputs: ['x'], outputs: ['m'] };
const MEAN_SHAPE: Shape = [1, 2, 1, 1];

/** A graph in which each operator stands, from x to y. */
const CASES: { readonly [Op in GraphOp]: Case } = {
  Conv: {
    input: [1, 4, 5, 5],
    nodes: [{ name: 'conv', op: 'Conv', window: window(3, 2, 1), groups: 2, inputs: ['x', 'w', 'b'], outputs: ['y'] }],
    shapes: { y: [1, 6, 3, 3] },
    constants: { w: random([6, 2, 3, 3]), b: random([6]) },
  },
  Dense: {
    input: [2, 3, 4],
    nodes: [{ name: 'dense', op: 'Dense', weights: 'io', inputs: ['x', 'w'], outputs: ['y'] }],
    shapes: { y: [2, 3, 5] },
    constants: { w: random([4, 5]) },
  },
  MatMul: {
    input: [2, 1, 2, 3],
    nodes: [
      { name: 'turn', op: 'Transpose', permutation: [1, 0, 3, 2], inputs: ['x'], outputs: ['t'] },
      { name: 'product', op: 'MatMul', inputs: ['x', 't'], outputs: ['y'] },
    ],
    shapes: { t: [1, 2, 3, 2], y: [2, 2, 2, 2] },
  },
  MaxPool: alone({ op: 'MaxPool', window: window(3, 2) }, IMAGE, [1, 2, 2, 2]),
  AveragePool: alone({ op: 'AveragePool', window: window(3, 2, 1), countIncludePad: false }, IMAGE, [1, 2, 3, 3]),
  Relu: alone({ op: 'Relu' }, IMAGE, IMAGE),
  LeakyRelu: alone({ op: 'LeakyRelu', alpha: 0.1 }, IMAGE, IMAGE),
  Clip: alone({ op: 'Clip', min: -0.3, max: 0.4 }, IMAGE, IMAGE),
  Sigmoid: alone({ op: 'Sigmoid' }, IMAGE, IMAGE),
  LRN: alone({ op: 'LRN', size: 4, alpha: 0.5, beta: 0.75, bias: 1 }, [1, 6, 2, 2], [1, 6, 2, 2]),
  Affine: {
    input: IMAGE,
    nodes: [{ name: 'affine', op: 'Affine', inputs: ['x', 'scale', 'shift'], outputs: ['y'] }],
    shapes: { y: IMAGE },
    constants: { scale: random([2]), shift: random([2]) },
  },
  Add: {
    input: IMAGE,
    nodes: [mean, { name: 'sum', op: 'Add', inputs: ['x', 'c', 'm', 'x'], outputs: ['y'] }],
    shapes: { m: MEAN_SHAPE, y: IMAGE },
    constants: { c: random([5]) },
  },
  Mul: {
    input: IMAGE,
    nodes: [
      mean,
      { name: 'gate', op: 'Mul', inputs: ['x', 'm'], outputs: ['g'] },
      { name: 'scale', op: 'Mul', inputs: ['c', 'g'], outputs: ['y'] },
    ],
    shapes: { m: MEAN_SHAPE, g: IMAGE, y: IMAGE },
    constants: { c: random([5]) },
  },
  Elementwise: {
    input: IMAGE,
    nodes: [
      {
        name: 'elu',
        op: 'Elementwise',
        fn: { kind: 'elu', alpha: 1.5, scale: 1.1, width: 0.8 },
        inputs: ['x'],
        outputs: ['e'],
      },
      { name: 'gelu', op: 'Elementwise', fn: { kind: 'gelu' }, inputs: ['e'], outputs: ['y'] },
    ],
    shapes: { e: IMAGE, y: IMAGE },
  },
  LayerNorm: {
    input: IMAGE,
    nodes: [{ name: 'norm', op: 'LayerNorm', axis: 2, epsilon: 1e-3, inputs: ['x', 'c', 'd'], outputs: ['y'] }],
    shapes: { y: IMAGE },
    constants: { c: random([5]), d: random([5]) },
  },
  Resize: {
    input: IMAGE,
    nodes: [{ name: 'resize', op: 'Resize', inputs: ['x', 'rows', 'columns'], outputs: ['y'] }],
    shapes: { y: [1, 2, 3, 9] },
    constants: {
      rows: sourceOf('rows', [3, 2], Float32Array.of(0, 1, 2, 1, 4, 1)),
      columns: sourceOf(
        'columns',
        [9, 3],
        Float32Array.from(
          [0, 0, 0, 1, 1, 2, 2, 3, 3].flatMap((first, i) => [first, 0.25 + (i % 3) / 4, 0.75 - (i % 3) / 4]),
        ),
      ),
    },
  },
  Concat: {
    input: IMAGE,
    nodes: [
      { name: 'sigmoid', op: 'Sigmoid', inputs: ['x'], outputs: ['s'] },
      { name: 'join', op: 'Concat', axis: 1, inputs: ['x', 'c', 's'], outputs: ['y'] },
    ],
    shapes: { s: IMAGE, y: [1, 5, 5, 5] },
    constants: { c: random([1, 1, 5, 5]) },
  },
  Split: {
    input: IMAGE,
    // Nothing comes back from the second piece.
    nodes: [{ name: 'split', op: 'Split', axis: 2, inputs: ['x'], outputs: ['y', 'rest'] }],
    shapes: { y: [1, 2, 2, 5], rest: [1, 2, 3, 5] },
  },
  Pad: alone({ op: 'Pad', mode: 'reflect', pads: [0, 0, 2, 1, 0, 0, 1, -1], value: 0 }, IMAGE, [1, 2, 8, 5]),
  Reshape: alone({ op: 'Reshape' }, IMAGE, [5, 10]),
  Transpose: alone({ op: 'Transpose', permutation: [2, 0, 3, 1] }, IMAGE, [5, 1, 5, 2]),
  ReduceMean: alone({ op: 'ReduceMean', axes: [1, 3] }, IMAGE, [1, 5]),
  Softmax: {
    input: [2, 4, 3],
    nodes: [
      { name: 'softmax', op: 'Softmax', axis: 1, inputs: ['x'], outputs: ['s'] },
      { name: 'log', op: 'Softmax', axis: 2, log: true, inputs: ['s'], outputs: ['y'] },
    ],
    shapes: { s: [2, 4, 3], y: [2, 4, 3] },
  },
};

for (const [op, { input, nodes, shapes, constants }] of Object.entries(CASES)) {
  test(`the gradient through ${op} is that of finite differences, to 1e-8`, async () => {
    const graph = graphOf(input, nodes, shapes, constants);
    const x = numbers(input);
    const starts = { y: numbers(shapes.y!) };
    const { back } = await run(graph, x, GRADIENT, starts);
    assertRelative(back, await differences(graph, x, starts), 1e-8);
  });
}

for (const { name, open } of await comparedDevices()) {
  test(`the gradient through every operator on ${name} equals reference to 1e-4`, async () => {
    using device = await open();
    for (const [op, { input, nodes, shapes, constants }] of Object.entries(CASES)) {
      const graph = graphOf(input, nodes, shapes, constants);
      const [x, starts] = [numbers(input), { y: numbers(shapes.y!) }];
      const expected = (await run(graph, x, GRADIENT, starts)).back;
      assertRelative((await run(graph, x, GRADIENT, starts, device)).back, expected, 1e-4, op);
    }
  });
}

/** Two dense layers with a Relu between: y = V·max(W·x, 0). */
const dense = (name: string, input: string, w: string, output: string): GraphNode => {
  return { name, op: 'Dense', weights: 'io', inputs: [input, w], outputs: [output] };
};
const relu: GraphNode = { name: 'relu', op: 'Relu', inputs: ['z'], outputs: ['a'] };
const TWO_LAYERS = graphOf(
  [1, 2],
  [dense('first', 'x', 'w', 'z'), relu, dense('second', 'a', 'v', 'y')],
  { z: [1, 3], a: [1, 3], y: [1, 1] },
  {
    // z = (2, 1, -1) at x = (1, 1).
    w: sourceOf('w', [2, 3], Float32Array.of(1, 3, -2, 1, -2, 1)),
    v: sourceOf('v', [3, 1], Float32Array.of(4, -5, 6)),
  },
);

test('guided backpropagation is the gradient without what is negative at a Relu', async () => {
  const x = Float64Array.of(1, 1);
  const starts = { y: Float64Array.of(1) };
  // Units 1 and 2 are on, with 4 and -5 arriving; unit 3 is off.
  assertClose((await run(TWO_LAYERS, x, GRADIENT, starts)).back, [4 - 15, 4 + 10], 1e-12);
  assertClose((await run(TWO_LAYERS, x, GUIDED_BACKPROP, starts)).back, [4, 4], 1e-12);
});

test('starts add up, wherever in the network they are', async () => {
  const x = Float64Array.of(0.5, -1);
  const [y, z] = [Float64Array.of(2), Float64Array.of(1, -1, 3)];
  const [both, first, second] = await Promise.all(
    [{ y, z }, { y }, { z }].map(async (starts) => (await run(TWO_LAYERS, x, GRADIENT, starts)).back),
  );
  assert.ok(first!.some((value) => value !== 0));
  assertClose(
    both!,
    first!.map((value, i) => value + second![i]!),
    1e-12,
  );
});

test.run();
