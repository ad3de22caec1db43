import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseModel } from '../../src/onnx/index.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { toFloat64 } from '../../src/tensor/source.ts';
import { assertClose } from '../support/assert.ts';
import { assertRefused, floats, integers, modelDraft, node, onlyNode, operators, parsed } from '../support/onnx.ts';
import { runGraph } from '../support/run-graph.ts';

const statistics = [
  floats('scale', [2], [2, 0.5]),
  floats('offset', [2], [1, -1]),
  floats('mean', [2], [3, 4]),
  floats('variance', [2], [4, 0.25]),
];
const normalise = (input: string, output: string) =>
  node('BatchNormalization', { epsilon: { float: 0 } }, [input, 'scale', 'offset', 'mean', 'variance'], [output]);

/** A 1×1 convolution of one pixel: y = W·x. */
const pixelConv = node('Conv', {}, ['x', 'w'], ['c']);
const pixelWeights = floats('w', [2, 2, 1, 1], [1, 2, 3, 4]);

async function run(graph: Awaited<ReturnType<typeof parseModel>>, x: readonly number[]): Promise<ArrayLike<number>> {
  return (await runGraph(graph, new Map([['x', Float64Array.from(x)]]))).get('y')!.data;
}

test('BatchNormalization is merged into the Conv before it', async () => {
  const graph = await parsed([1, 2, 1, 1], [pixelConv, normalise('c', 'y')], [pixelWeights, ...statistics]);
  const conv = onlyNode(graph, 'Conv');
  assert.equal(conv.outputs, ['y']);
  // W·x = [5, 11]; (5 − 3)·2/2 + 1 = 3, (11 − 4)·0.5/0.5 − 1 = 6.
  assertClose(await run(graph, [1, 2]), [3, 6], 1e-15);
  assert.is(graph.constants.get(conv.inputs[1]!)!.type, 'float64', 'rounded once, by the device');
});

test('BatchNormalization is merged into a Dense of either layout', async () => {
  const dense = (transB: number) => node('Gemm', { transB: { int: transB } }, ['x', 'w'], ['c']);
  for (const [transB, weights] of [
    [1, [1, 2, 3, 4]],
    [0, [1, 3, 2, 4]],
  ] as const) {
    const graph = await parsed(
      [1, 2],
      [dense(transB), normalise('c', 'y')],
      [floats('w', [2, 2], weights), ...statistics],
    );
    assert.is(onlyNode(graph, 'Dense').weights, transB ? 'oi' : 'io');
    assertClose(await run(graph, [1, 2]), [3, 6], 1e-15);
  }
});

test('BatchNormalization whose input something else reads too, or that follows no Conv, stays as Affine', async () => {
  const shared = await parsed(
    [1, 2, 1, 1],
    [pixelConv, normalise('c', 'n'), node('Add', {}, ['c', 'n'])],
    [pixelWeights, ...statistics],
  );
  assert.equal(operators(shared), ['Conv', 'Affine', 'Add']);
  assertClose(await run(shared, [1, 2]), [8, 17], 1e-15);
  const alone = await parsed([1, 2, 1, 1], [normalise('x', 'y')], statistics);
  onlyNode(alone, 'Affine');
  assertClose(await run(alone, [5, 11]), [3, 6], 1e-15);
  const isOutput = await parsed([1, 2, 1, 1], [pixelConv, normalise('c', 'y')], [pixelWeights, ...statistics], {
    outputs: ['y', 'c'].map((name) => ({ name, shape: [] })),
  });
  assert.equal(operators(isOutput), ['Conv', 'Affine']);
});

test('Add of a constant per channel after a Conv becomes its bias, without a copy', async () => {
  const bytes = modelBytes(
    modelDraft(
      [1, 2, 1, 1],
      [pixelConv, node('Add', {}, ['b', 'c'])],
      [pixelWeights, floats('b', [2, 1, 1], [10, 20])],
    ),
  );
  const graph = await parseModel(bytes);
  const bias = graph.constants.get(onlyNode(graph, 'Conv').inputs[2]!)!;
  assert.equal(bias.shape, [2]);
  assert.is(bias.bytes.buffer, bytes.buffer);
  assertClose(await run(graph, [1, 2]), [15, 31], 0);
});

test('Mul and Add of constants per channel are merged one after the other, as in Caffe’s Scale layers', async () => {
  const nodes = [
    pixelConv,
    normalise('c', 'n'),
    node('Mul', {}, ['n', 'm'], ['s']),
    node('Add', {}, ['s', 'a'], ['y']),
  ];
  const constants = [pixelWeights, ...statistics, floats('m', [2, 1, 1], [2, 3]), floats('a', [2, 1, 1], [1, 1])];
  const graph = await parsed([1, 2, 1, 1], nodes, constants);
  onlyNode(graph, 'Conv');
  assertClose(await run(graph, [1, 2]), [7, 19], 1e-14);
});

test('Add of a constant that is not per channel stays', async () => {
  const conv = node('Conv', {}, ['x', 'w'], ['c']);
  const graph = await parsed(
    [1, 1, 2, 2],
    [conv, node('Add', {}, ['c', 'b'])],
    [floats('w', [1, 1, 1, 1]), floats('b', [2, 2])],
  );
  assert.equal(operators(graph), ['Conv', 'Add']);
});

test('MatMul with a constant, and Add of a vector after it, become a Dense with bias', async () => {
  const graph = await parsed(
    [1, 2],
    [node('MatMul', {}, ['x', 'w'], ['m']), node('Add', {}, ['m', 'b'])],
    [floats('w', [2, 3]), floats('b', [1, 3], [10, 20, 30])],
  );
  assert.is(onlyNode(graph, 'Dense').weights, 'io');
  assertClose(await run(graph, [1, 2]), [19, 32, 45], 0);
});

test('a Dense reads weights that the file transposes where they are', async () => {
  const bytes = modelBytes(
    modelDraft([1, 2], [node('Transpose', {}, ['w'], ['t']), node('MatMul', {}, ['x', 't'])], [floats('w', [3, 2])]),
  );
  const graph = await parseModel(bytes);
  const dense = onlyNode(graph, 'Dense');
  assert.is(dense.weights, 'oi');
  assert.equal([...graph.constants.keys()], ['w']);
  assert.is(graph.constants.get('w')!.bytes.buffer, bytes.buffer);
  assertClose(await run(graph, [1, 2]), [5, 11, 17], 0);
});

test('Gemm folds alpha and beta into constants', async () => {
  const gemm = node('Gemm', { alpha: { float: 0.5 }, beta: { float: 2 } }, ['x', 'w', 'b']);
  const graph = await parsed([1, 2], [gemm], [floats('w', [2, 2]), floats('b', [1], [3])]);
  onlyNode(graph, 'Dense');
  assertClose(await run(graph, [1, 2]), [9.5, 11], 0); // x·W = [7, 10]
});

test('Gemm with a C that differs by row becomes a Dense and a sum', async () => {
  const gemm = node('Gemm', {}, ['x', 'w', 'c']);
  const graph = await parsed([2, 2], [gemm], [floats('w', [2, 2]), floats('c', [2, 1], [10, 20])]);
  assert.equal(operators(graph), ['Dense', 'Add']);
  assertClose(await run(graph, [1, 0, 0, 1]), [11, 12, 23, 24], 0);
});

test('Gemm of computed matrices becomes products and sums', async () => {
  const gemm = node('Gemm', { alpha: { float: 2 }, beta: { float: 3 }, transA: { int: 1 } }, ['x', 'r', 'x']);
  const graph = await parsed([2, 2], [node('Relu', {}, ['x'], ['r']), gemm]);
  // 2·xᵀ·x + 3·x for x = [[1, 2], [3, 4]]
  assertClose(await run(graph, [1, 2, 3, 4]), [23, 34, 37, 52], 0);
});

test('Identity, Dropout, Cast to float and Pad by nothing are gone', async () => {
  const nodes = [
    node('Identity', {}, ['x'], ['a']),
    node('Dropout', { ratio: { float: 0.5 } }, ['a'], ['b', 'mask']),
    node('Cast', { to: { int: 1 } }, ['b'], ['c']),
    node('Pad', {}, ['c', 'p'], ['d']),
    node('Relu', {}, ['d'], ['e']),
    node('Identity', {}, ['e'], ['y']),
  ];
  const graph = await parsed([1, 2], nodes, [integers('p', [0, 0, 0, 0])]);
  assert.equal(onlyNode(graph, 'Relu').inputs, ['x']);
  assert.equal(graph.nodes[0]!.outputs, ['y']);
});

test('an output that is an input or another output under a second name is a Reshape', async () => {
  const straight = await parsed([1, 2], [node('Identity')]);
  onlyNode(straight, 'Reshape');
  const twice = await parsed([1, 2], [node('Relu', {}, ['x'], ['r']), node('Identity', {}, ['r'])], [], {
    outputs: ['r', 'y'].map((name) => ({ name, shape: [] })),
  });
  assert.equal(operators(twice), ['Relu', 'Reshape']);
  assert.equal(
    twice.outputs.map(({ name }) => name),
    ['r', 'y'],
  );
});

test('the old Softmax goes over all axes from its own on; the new one over one', async () => {
  const softmax = node('Softmax', { axis: { int: 1 } });
  const old = { operatorSet: 12 };
  assert.equal(operators(await parsed([2, 3, 4], [softmax], [], old)), ['Reshape', 'Softmax', 'Reshape']);
  assert.is(onlyNode(await parsed([2, 3, 4], [softmax]), 'Softmax').axis, 1);
  assert.is(onlyNode(await parsed([2, 3, 4], [node('Softmax')]), 'Softmax').axis, 2);
  assert.is(onlyNode(await parsed([1, 10, 1, 1], [node('Softmax')], [], old), 'Softmax').axis, 1);
  const graph = await parsed([1, 2, 2], [softmax], [], old);
  assertClose(await run(graph, [0, 0, 0, 0]), [0.25, 0.25, 0.25, 0.25], 1e-15);
});

test('Sub and Div with constants per channel become one Affine', async () => {
  const nodes = [
    node('Sub', {}, ['x', 'm'], ['a']),
    node('Div', {}, ['a', 'd'], ['b']),
    node('Sub', {}, ['m', 'b'], ['y']),
  ];
  const graph = await parsed([1, 2], nodes, [floats('m', [2], [1, 2]), floats('d', [1], [4])]);
  onlyNode(graph, 'Affine');
  assertClose(await run(graph, [9, 4]), [-1, 1.5], 0);
  const ratio = await parsed([2], [node('Abs', {}, ['x'], ['a']), node('Div', {}, ['x', 'a'])]);
  assertClose(await run(ratio, [-3, 4]), [-1, 1], 1e-15);
  const zero = parsed([1], [node('Div', {}, ['x', 'z'])], [floats('z', [1], [0])]);
  await assertRefused(zero, 'bad-model', /it divides by 0/);
});

test('sums and products with constants per channel become an Affine on any axis but the first', async () => {
  const twice = [node('Mul', {}, ['x', 'm'], ['a']), node('Add', {}, ['a', 's'], ['y'])];
  const last = await parsed([1, 2, 3], twice, [floats('m', [3], [1, 2, 3]), floats('s', [1, 1, 3], [1, 0, -1])]);
  assert.equal(
    operators(last).filter((op) => op !== 'Reshape'),
    ['Affine', 'Affine'],
  );
  assertClose(await run(last, [1, 1, 1, 2, 2, 2]), [2, 2, 2, 3, 4, 5], 0);
  const middle = await parsed([1, 2, 3], twice, [floats('m', [2, 1], [1, 2]), floats('s', [1], [5])]);
  onlyNode(middle, 'Affine');
  assertClose(await run(middle, [1, 1, 1, 2, 2, 2]), [6, 6, 6, 9, 9, 9], 0);
  const both = await parsed([1, 2, 2], [node('Add', {}, ['x', 's'])], [floats('s', [2, 2])]);
  onlyNode(both, 'Add');
});

test('an input in [N,H,W,C] is normalised behind the Transpose, per channel', async () => {
  const nodes = [
    node('Sub', {}, ['x', 'm'], ['a']),
    node('Mul', {}, ['a', 'f'], ['b']),
    node('Pad', {}, ['b', 'pads'], ['p']),
    node('Transpose', { perm: { ints: [0, 3, 1, 2] } }, ['p'], ['y']),
  ];
  const constants = [floats('m', [2], [1, 2]), floats('f', [], [10]), integers('pads', [0, 0, 1, 0, 0, 0, 0, 0])];
  const graph = await parsed([1, 1, 2, 2], nodes, constants);
  assert.equal(operators(graph), ['Transpose', 'Affine', 'Pad']);
  assertClose(await run(graph, [3, 4, 5, 6]), [0, 20, 40, 0, 20, 40], 0);
  const grey = [node('Mul', {}, ['x', 'f'], ['a']), node('Reshape', {}, ['a', 'to'], ['y'])];
  const reshaped = await parsed([1, 2, 2, 1], grey, [floats('f', [1], [10]), integers('to', [1, 1, 2, 2])]);
  assert.equal(operators(reshaped), ['Reshape', 'Affine']);
  assertClose(await run(reshaped, [1, 2, 3, 4]), [10, 20, 30, 40], 0);
});

test('Slice of a computed value is a Pad that crops', async () => {
  const slice = node('Slice', {}, ['x', 'from', 'to', 'axes']);
  const constants = [integers('from', [1, -3]), integers('to', [3, 2 ** 62]), integers('axes', [0, 1])];
  const graph = await parsed([4, 4], [slice], constants);
  assert.equal(onlyNode(graph, 'Pad').pads, [-1, -1, -1, 0]);
  assertClose(
    await run(
      graph,
      Array.from({ length: 16 }, (_, i) => i),
    ),
    [5, 6, 7, 9, 10, 11],
    0,
  );
});

test('Slices with steps, flips and Gather of computed values are crops that are joined', async () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
  const strided = node('Slice', {}, ['x', 'from', 'to', 'axes', 'steps']);
  const bounds = [integers('from', [1, -1]), integers('to', [3, -(2 ** 62)]), integers('axes', [0, 1])];
  const flip = await parsed([4, 4], [strided], [...bounds, integers('steps', [1, -2])]);
  assert.equal(operators(flip), ['Pad', 'Pad', 'Pad', 'Concat']);
  assertClose(await run(flip, numbers(16)), [7, 5, 11, 9], 0);

  const gather = node('Gather', { axis: { int: 1 } }, ['x', 'i']);
  const swapped = await parsed([1, 3, 1, 2], [gather], [integers('i', [2, -2, 0])]);
  assert.equal(swapped.outputs[0]!.shape, [1, 3, 1, 2]);
  assertClose(await run(swapped, numbers(6)), [4, 5, 2, 3, 0, 1], 0);
  const one = await parsed([1, 3, 1, 2], [gather], [integers('i', [1], [])]);
  assert.equal(one.outputs[0]!.shape, [1, 1, 2]);
  assertClose(await run(one, numbers(6)), [2, 3], 0);
  const grid = await parsed([1, 3, 2], [gather], [integers('i', [0, 1, 1, 2], [2, 2])]);
  assert.equal(grid.outputs[0]!.shape, [1, 2, 2, 2]);
  assertClose(await run(grid, numbers(6)), [0, 1, 2, 3, 2, 3, 4, 5], 0);

  const far = parsed([1, 3, 2], [gather], [integers('i', [3])]);
  await assertRefused(far, 'bad-model', /indices \[3\] lie outside axis 1 of 1×3×2/);
  const everyOther = Array.from({ length: 65 }, (_, i) => 2 * i);
  const many = parsed([1, 130, 1], [gather], [integers('i', everyOther)]);
  await assertRefused(many, 'unsupported', /it picks 65 separate runs of elements from axis 1/);
});

test('a channel that is picked, squeezed and unsqueezed stays as it is', async () => {
  const nodes = [
    node('Gather', { axis: { int: 1 } }, ['x', 'i'], ['g']),
    node('Unsqueeze', { axes: { ints: [1] } }, ['g'], ['u']),
    node('Relu', {}, ['u'], ['y']),
  ];
  const graph = await parsed([1, 3, 1, 2], nodes, [integers('i', [1], [])], { operatorSet: 12 });
  assert.equal(operators(graph), ['Pad', 'Relu']);
});

test('LogSoftmax is the logarithm of Softmax', async () => {
  const graph = await parsed([1, 3], [node('LogSoftmax')]);
  assertClose(await run(graph, [1, 2, 1000]), [-999, -998, 0], 1e-12);
  const even = await parsed([1, 2, 2], [node('LogSoftmax', { axis: { int: 1 } })]);
  assertClose(await run(even, [0, 7, 0, 7]), new Array<number>(4).fill(-Math.LN2), 1e-15);
});

test('Clip takes its bounds from attributes or inputs, and without bounds the largest floats', async () => {
  const attributes = { min: { float: -2 }, max: { float: 6 } };
  const old = onlyNode(await parsed([1, 2], [node('Clip', attributes)], [], { operatorSet: 6 }), 'Clip');
  assert.equal([old.min, old.max], [-2, 6]);
  const some = onlyNode(await parsed([1, 2], [node('Clip', {}, ['x', '', 'm'])], [floats('m', [], [6])]), 'Clip');
  assert.equal([some.min, some.max], [-3.4028234663852886e38, 6]);
});

test('constants: tensors, numbers, filled shapes; unused ones are left out', async () => {
  const nodes = [
    node('Constant', { value: { tensor: floats('', [2], [1, 2]) } }, [], ['a']),
    node('Constant', { value_float: { float: 0.5 } }, [], ['b']),
    node('Constant', { value_ints: { ints: [2] } }, [], ['s']),
    node('ConstantOfShape', { value: { tensor: floats('', [1], [4]) } }, ['s'], ['c']),
    node('ConstantOfShape', {}, ['s'], ['unused']),
    node('Mul', {}, ['x', 'b'], ['m']),
    node('Add', {}, ['m', 'a'], ['n']),
    node('Add', {}, ['n', 'c'], ['y']),
  ];
  const graph = await parsed([2], nodes, [floats('alone', [3])]);
  assert.equal([...graph.constants.keys()].sort(), ['a', 'b', 'c']);
  assert.equal([...toFloat64(graph.constants.get('c')!)], [4, 4]);
  assertClose(await run(graph, [2, 4]), [6, 8], 0);
});

test('a constant may be an output', async () => {
  const graph = await parsed([1], [node('Constant', { value_floats: { floats: [1, 2] } }, [], ['y'])]);
  assert.equal(graph.nodes, []);
  assert.equal([...toFloat64(graph.constants.get('y')!)], [1, 2]);
});

test('nodes without a name, or with the same one, get unique names', async () => {
  const relu = (input: string, output: string, name: string) => ({
    op: 'Relu',
    name,
    inputs: [input],
    outputs: [output],
  });
  const graph = await parsed([1, 2], [relu('x', 'a', ''), relu('a', 'b', 'same'), relu('b', 'y', 'same')]);
  assert.equal(
    graph.nodes.map(({ name }) => name),
    ['Relu_0', 'same', 'same_2'],
  );
});

test('nodes may stand in any order, and unused ones are left out', async () => {
  const nodes = [
    node('Sigmoid', {}, ['b'], ['y']),
    node('Relu', {}, ['x'], ['b']),
    node('LeakyRelu', {}, ['b'], ['unused']),
  ];
  assert.equal(operators(await parsed([1, 2], nodes)), ['Relu', 'Sigmoid']);
});

test('the batch fills an open first dimension, and replaces a fixed one', async () => {
  const batch = { batch: 4 };
  assert.equal((await parsed(['N', 3], [node('Relu')])).inputs[0]!.shape, [1, 3]);
  assert.equal((await parsed(['N', 3], [node('Relu')], [], {}, batch)).outputs[0]!.shape, [4, 3]);
  assert.equal((await parsed([0, 3], [node('Relu')], [], {}, batch)).outputs[0]!.shape, [4, 3]);
  assert.equal((await parsed([1, 3], [node('Relu')], [], {}, batch)).outputs[0]!.shape, [4, 3]);
  const reshape = (numbers: number[]) =>
    parsed([1, 2, 3], [node('Reshape', {}, ['x', 's'])], [integers('s', numbers)], {}, batch);
  assert.equal((await reshape([1, 6])).outputs[0]!.shape, [4, 6]);
  assert.equal((await reshape([1, -1])).outputs[0]!.shape, [4, 6]);
  await assertRefused(reshape([2, 3]), 'shape-mismatch', /open the model with its own batch of 1/);
  await assertRefused(reshape([-1, 3]), 'shape-mismatch', /the model mixes its batch of 1 with other axes/);
});

test('inputShapes settle open dimensions', async () => {
  const image = ['N', 3, 'H', 'W'];
  await assertRefused(parsed(image, [node('Relu')]), 'bad-argument', /"x" open: N×3×H×W; give inputShapes/);
  const graph = await parsed(image, [node('Relu')], [], {}, { inputShapes: { x: [2, 3, 8, 9] } });
  assert.equal(graph.outputs[0]!.shape, [2, 3, 8, 9]);
  const wrong = parsed(image, [node('Relu')], [], {}, { inputShapes: { x: [2, 3] } });
  await assertRefused(wrong, 'bad-argument', /gives "x" the shape \[2,3\], but the model expects N×3×H×W/);
  const unknown = parsed(image, [node('Relu')], [], {}, { inputShapes: { z: [2, 3] } });
  await assertRefused(unknown, 'bad-argument', /inputShapes names "z", but the model's inputs are "x"/);
});

test('an input may be given as a constant', async () => {
  const inputs = ['x', 'w'].map((name) => ({ name, shape: [2, 2] }));
  const graph = await parsed(
    [2, 2],
    [node('MatMul', {}, ['x', 'w'])],
    [],
    { inputs },
    { constants: { w: floats('other name', [2, 2]) } },
  );
  onlyNode(graph, 'Dense');
  assert.equal(
    graph.inputs.map(({ name }) => name),
    ['x'],
  );
});

test.run();
