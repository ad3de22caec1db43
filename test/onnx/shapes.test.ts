import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttributeDraft } from '../../src/onnx/write.ts';
import { type TensorSource, toFloat64 } from '../../src/tensor/source.ts';
import type { Shape } from '../../src/tensor/tensor.ts';
import { assertRefused, floats, integers, node, onlyNode, operators, parsed } from '../support/onnx.ts';

type Attributes = Record<string, AttributeDraft>;

/** Output shape of one node, with `x` and the initializers as its inputs. */
async function outputShape(
  op: string,
  input: Shape,
  attributes: Attributes,
  constants: readonly TensorSource[] = [],
  operatorSet = 13,
): Promise<Shape> {
  const inputs = ['x', ...constants.map(({ name }) => name)];
  const graph = await parsed(input, [node(op, attributes, inputs)], constants, { operatorSet });
  return graph.outputs[0]!.shape;
}

const strides = (...ints: number[]): Attributes => ({ strides: { ints } });
const pads = (...ints: number[]): Attributes => ({ pads: { ints } });
const kernel = (...ints: number[]): Attributes => ({ kernel_shape: { ints } });
const autoPad = (string: string): Attributes => ({ auto_pad: { string } });

const CONVOLUTIONS: readonly [title: string, input: Shape, weights: Shape, attributes: Attributes, output: Shape][] = [
  [
    '11×11 stride 4, padded',
    [1, 3, 224, 224],
    [4, 3, 11, 11],
    { ...strides(4, 4), ...pads(2, 2, 2, 2) },
    [1, 4, 55, 55],
  ],
  ['without attributes', [2, 3, 9, 8], [5, 3, 3, 2], {}, [2, 5, 7, 7]],
  ['1×1', [1, 4, 5, 6], [2, 4, 1, 1], {}, [1, 2, 5, 6]],
  ['dilated and strided', [1, 1, 8, 8], [1, 1, 3, 3], { ...strides(2, 2), dilations: { ints: [2, 2] } }, [1, 1, 2, 2]],
  ['with asymmetric pads', [1, 1, 5, 5], [1, 1, 3, 3], pads(0, 1, 2, 3), [1, 1, 5, 7]],
  ['in two groups', [1, 4, 6, 6], [6, 2, 3, 3], { group: { int: 2 } }, [1, 6, 4, 4]],
  ['SAME_UPPER', [1, 1, 7, 6], [1, 1, 3, 3], { ...strides(2, 2), ...autoPad('SAME_UPPER') }, [1, 1, 4, 3]],
  ['VALID', [1, 1, 7, 6], [1, 1, 3, 3], { ...strides(2, 2), ...autoPad('VALID') }, [1, 1, 3, 2]],
];

for (const [title, input, weights, attributes, output] of CONVOLUTIONS) {
  test(`Conv ${title} gives ${output.join('×')}`, async () => {
    assert.equal(await outputShape('Conv', input, attributes, [floats('w', weights)]), output);
  });
}

test('auto_pad becomes explicit pads, the odd one at the end or at the beginning', async () => {
  const padsOf = async (name: string) => {
    const graph = await parsed(
      [1, 1, 6, 7],
      [node('MaxPool', { ...kernel(3, 2), ...strides(2, 2), ...autoPad(name) })],
    );
    return onlyNode(graph, 'MaxPool').window.pads;
  };
  assert.equal(await padsOf('SAME_UPPER'), [0, 0, 1, 1]);
  assert.equal(await padsOf('SAME_LOWER'), [1, 1, 0, 0]);
});

const POOLS: readonly [title: string, input: Shape, attributes: Attributes, output: Shape][] = [
  ['rounded down', [1, 2, 6, 6], { ...kernel(3, 3), ...strides(2, 2) }, [1, 2, 2, 2]],
  ['rounded up', [1, 2, 6, 6], { ...kernel(3, 3), ...strides(2, 2), ceil_mode: { int: 1 } }, [1, 2, 3, 3]],
  [
    'rounded up, but not to a window that begins in the padding',
    [1, 1, 2, 2],
    { ...kernel(1, 1), ...strides(2, 2), ceil_mode: { int: 1 } },
    [1, 1, 1, 1],
  ],
  ['dilated', [1, 1, 7, 7], { ...kernel(2, 2), dilations: { ints: [3, 2] } }, [1, 1, 4, 5]],
  [
    'padded at the bottom and right',
    [1, 1, 13, 13],
    { ...kernel(3, 3), ...strides(2, 2), ...pads(0, 0, 1, 1) },
    [1, 1, 6, 6],
  ],
];

for (const op of ['MaxPool', 'AveragePool']) {
  for (const [title, input, attributes, output] of POOLS) {
    test(`${op} ${title} gives ${output.join('×')}`, async () => {
      assert.equal(await outputShape(op, input, attributes), output);
    });
  }
}

test('a global pool is a pool over the whole plane', async () => {
  const average = onlyNode(await parsed([2, 3, 5, 4], [node('GlobalAveragePool')]), 'AveragePool');
  assert.equal(average.window, { kernel: [5, 4], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] });
  assert.equal(average.countIncludePad, false);
  assert.equal(await outputShape('GlobalMaxPool', [2, 3, 5, 4], {}), [2, 3, 1, 1]);
});

test('a pool whose window lies wholly in the padding is refused', async () => {
  const model = parsed([1, 1, 4, 4], [node('MaxPool', { ...kernel(2, 2), ...pads(2, 0, 0, 0) })]);
  await assertRefused(
    model,
    'bad-model',
    /node "maxpool" \(MaxPool\): window 0 along axis 2 lies wholly in the padding/,
  );
});

test('a plane of absurd size costs no time', async () => {
  const graph = await parsed([1, 1, 2 ** 24, 2 ** 24], [node('MaxPool', { ...kernel(2, 2), ...pads(1, 1, 1, 1) })]);
  assert.equal(graph.outputs[0]!.shape, [1, 1, 2 ** 24 + 1, 2 ** 24 + 1]);
  const more = parsed([1, 1, 2 ** 40, 2 ** 40], [node('MaxPool', kernel(2, 2))]);
  await assertRefused(more, 'shape-mismatch', /holds nothing or too much/);
});

test('a kernel larger than the input is refused, naming the node', async () => {
  const model = parsed([1, 1, 4, 4], [node('Conv', {}, ['x', 'w'])], [floats('w', [1, 1, 5, 5])]);
  await assertRefused(
    model,
    'shape-mismatch',
    /node "conv" \(Conv\): its kernel reaches over 5, more than the padded height 4/,
  );
});

test('three-dimensional convolutions and pools are refused', async () => {
  const weights = [floats('w', [1, 1, 3, 3, 3])];
  await assertRefused(
    parsed([1, 1, 9, 9, 9], [node('Conv', {}, ['x', 'w'])], weights),
    'unsupported',
    /1×1×9×9×9.*a convolution of \[N,C,H,W\] or \[N,C,L\]/,
  );
  await assertRefused(
    parsed([1, 1, 3, 3, 3], [node('MaxPool', kernel(2, 2, 2))]),
    'unsupported',
    /pooling of \[N,C,H,W\]/,
  );
});

const RESHAPES: readonly [
  op: string,
  input: Shape,
  attributes: Attributes,
  constant: readonly number[] | undefined,
  output: Shape,
  opset?: number,
][] = [
  ['Reshape', [2, 3, 4], {}, [4, -1], [4, 6]],
  ['Reshape', [2, 3, 4], {}, [0, 4, 3], [2, 4, 3]],
  ['Reshape', [2, 3, 4], {}, [0, 0, -1], [2, 3, 4]],
  ['Reshape', [2, 3, 4], { shape: { ints: [6, 4] } }, undefined, [6, 4], 4],
  ['Flatten', [2, 3, 4, 5], {}, undefined, [2, 60]],
  ['Flatten', [2, 3, 4, 5], { axis: { int: 0 } }, undefined, [1, 120]],
  ['Flatten', [2, 3, 4, 5], { axis: { int: 4 } }, undefined, [120, 1]],
  ['Flatten', [2, 3, 4, 5], { axis: { int: -1 } }, undefined, [24, 5]],
  ['Squeeze', [2, 1, 4, 1], {}, undefined, [2, 4]],
  ['Squeeze', [2, 1, 4, 1], {}, [-1], [2, 1, 4]],
  ['Squeeze', [2, 1, 4, 1], { axes: { ints: [1] } }, undefined, [2, 4, 1], 11],
  ['Unsqueeze', [3, 4], {}, [0, -1], [1, 3, 4, 1]],
  ['Unsqueeze', [3, 4], { axes: { ints: [1] } }, undefined, [3, 1, 4], 11],
];

for (const [op, input, attributes, constant, output, opset] of RESHAPES) {
  const given = constant ?? Object.entries(attributes)[0];
  test(`${op} of ${input.join('×')} by ${JSON.stringify(given)} is a Reshape to ${output.join('×')}`, async () => {
    const constants = constant ? [integers('c', constant)] : [];
    const inputs = ['x', ...constants.map(({ name }) => name)];
    const graph = await parsed(input, [node(op, attributes, inputs)], constants, { operatorSet: opset ?? 13 });
    assert.equal(onlyNode(graph, 'Reshape').inputs, ['x']);
    assert.equal(graph.outputs, [{ name: 'y', shape: output }]);
  });
}

test('Reshape to another number of elements, and Squeeze of a long axis, are refused', async () => {
  const wrong = parsed([2, 3], [node('Reshape', {}, ['x', 'c'])], [integers('c', [4, 2])]);
  await assertRefused(wrong, 'shape-mismatch', /node "reshape" \(Reshape\): 2×3 cannot become \[4, 2\]/);
  const long = parsed([2, 3], [node('Squeeze', {}, ['x', 'c'])], [integers('c', [1])]);
  await assertRefused(long, 'shape-mismatch', /axis 1 of 2×3 is longer than 1/);
});

test('with allowzero a 0 in a shape is a zero, which no value can have', async () => {
  const model = parsed([2, 3], [node('Reshape', { allowzero: { int: 1 } }, ['x', 'c'])], [integers('c', [0, 6])], {
    operatorSet: 14,
  });
  await assertRefused(model, 'shape-mismatch', /2×3 cannot become \[0, 6\]/);
});

test('Transpose reverses the axes where no permutation is given', async () => {
  const graph = await parsed([2, 3, 4], [node('Transpose')]);
  assert.equal(onlyNode(graph, 'Transpose').permutation, [2, 1, 0]);
  assert.equal(graph.outputs[0]!.shape, [4, 3, 2]);
});

test('Concat adds up its axis, a negative one too', async () => {
  const relu = node('Relu', {}, ['x'], ['r']);
  const graph = await parsed([1, 2, 3], [relu, node('Concat', { axis: { int: -2 } }, ['x', 'r', 'x'])]);
  assert.equal(graph.outputs[0]!.shape, [1, 6, 3]);
  assert.equal(graph.nodes.find((found) => found.op === 'Concat')?.axis, 1);
});

test('Split takes sizes from an attribute, an input, or evenly', async () => {
  const shapes = async (operatorSet: number, attributes: Attributes, constants: TensorSource[]) => {
    const inputs = ['x', ...constants.map(({ name }) => name)];
    const split = node('Split', { axis: { int: 1 }, ...attributes }, inputs, ['y', 'z']);
    const outputs = ['y', 'z'].map((name) => ({ name, shape: [] }));
    const graph = await parsed([1, 7], [split], constants, { operatorSet, outputs });
    return graph.outputs.map(({ shape }) => shape[1]);
  };
  assert.equal(await shapes(11, { split: { ints: [2, 5] } }, []), [2, 5]);
  assert.equal(await shapes(13, {}, [integers('s', [6, 1])]), [6, 1]);
  assert.equal(await shapes(18, { num_outputs: { int: 2 } }, []), [4, 3]);
  await assertRefused(shapes(13, {}, []), 'shape-mismatch', /axis 1 of 1×7 cannot be split into 2 parts/);
});

test('Pad reads its amounts as attributes or inputs, for all axes or some', async () => {
  const amounts = [0, 0, 1, 2, 0, 0, 3, 4];
  assert.equal(await outputShape('Pad', [1, 1, 5, 5], pads(...amounts), [], 10), [1, 1, 9, 11]);
  assert.equal(await outputShape('Pad', [1, 1, 5, 5], {}, [integers('p', amounts)]), [1, 1, 9, 11]);
  const graph = await parsed(
    [1, 1, 5, 5],
    [node('Pad', { mode: { string: 'reflect' } }, ['x', 'p', '', 'a'])],
    [integers('p', [1, 2]), integers('a', [-1])],
    { operatorSet: 18 },
  );
  assert.equal(onlyNode(graph, 'Pad').pads, [0, 0, 0, 1, 0, 0, 0, 2]);
  assert.equal(graph.outputs[0]!.shape, [1, 1, 5, 8]);
  await assertRefused(
    parsed([1, 1, 2, 2], [node('Pad', { mode: { string: 'reflect' }, ...pads(0, 0, 2, 0, 0, 0, 0, 0) })], [], {
      operatorSet: 10,
    }),
    'shape-mismatch',
    /reflects more than 1×1×2×2 has/,
  );
});

test('ReduceMean keeps its axes as extents of 1, or drops them; without axes it takes all', async () => {
  assert.equal(await outputShape('ReduceMean', [2, 3, 4, 5], { axes: { ints: [3, 2] } }), [2, 3, 1, 1]);
  assert.equal(await outputShape('ReduceMean', [2, 3, 4], { axes: { ints: [-1] }, keepdims: { int: 0 } }), [2, 3]);
  assert.equal(await outputShape('ReduceMean', [2, 3, 4], {}, [integers('a', [1])], 18), [2, 1, 4]);
  assert.equal(await outputShape('ReduceMean', [2, 3, 4], {}), [1, 1, 1]);
});

test('MatMul of computed operands broadcasts as numpy does', async () => {
  const relu = node('Relu', {}, ['x'], ['r']);
  const transpose = node('Transpose', { perm: { ints: [0, 2, 1] } }, ['r'], ['t']);
  const graph = await parsed([5, 2, 3], [relu, transpose, node('MatMul', {}, ['x', 't'])]);
  assert.equal(operators(graph), ['Relu', 'Transpose', 'MatMul']);
  assert.equal(graph.outputs[0]!.shape, [5, 2, 2]);
});

test('before operator set 7, axis aligns the second operand of Add', async () => {
  const graph = await parsed(
    [2, 3, 4, 4],
    [node('Add', { broadcast: { int: 1 }, axis: { int: 1 } }, ['x', 'b'])],
    [floats('b', [3])],
    { operatorSet: 6 },
  );
  const [, , shift] = onlyNode(graph, 'Affine').inputs;
  assert.equal([...toFloat64(graph.constants.get(shift!)!)], [1, 2, 3]);
  assert.equal(graph.outputs[0]!.shape, [2, 3, 4, 4]);
});

test('shapes that do not fit are refused, naming node and shapes', async () => {
  const sum = parsed([2, 3], [node('Add', {}, ['x', 'b'])], [floats('b', [4])]);
  await assertRefused(sum, 'shape-mismatch', /node "add" \(Add\): shapes 2×3 and 4 do not fit/);
  const product = parsed([2, 3], [node('MatMul', {}, ['x', 'w'])], [floats('w', [4, 2])]);
  await assertRefused(product, 'shape-mismatch', /a product of 2×3 and 4×2 is not defined/);
  const conv = parsed([1, 3, 8, 8], [node('Conv', {}, ['x', 'w'])], [floats('w', [2, 4, 3, 3])]);
  await assertRefused(conv, 'shape-mismatch', /weights 2×4×3×3 in 1 group\(s\) do not fit the input 1×3×8×8/);
});

test('a dynamic-batch export computes its shapes from Shape, Gather, Unsqueeze and Concat', async () => {
  const nodes = [
    node('Shape', {}, ['x'], ['s']),
    node('Gather', { axis: { int: 0 } }, ['s', 'zero'], ['n']),
    node('Unsqueeze', {}, ['n', 'axes'], ['n1']),
    node('Concat', { axis: { int: 0 } }, ['n1', 'minus'], ['target']),
    node('Reshape', {}, ['x', 'target']),
  ];
  const constants = [integers('zero', [0], []), integers('axes', [0]), integers('minus', [-1])];
  const graph = await parsed(['batch', 3, 4, 4], nodes, constants, {}, { batch: 5 });
  assert.equal(operators(graph), ['Reshape']);
  assert.equal(graph.outputs[0]!.shape, [5, 48]);
  assert.is(graph.constants.size, 0);
});

test('Slice, Cast, Squeeze, Add and Mul of shapes are computed', async () => {
  const nodes = [
    node('Shape', {}, ['x'], ['s']),
    node('Slice', {}, ['s', 'from', 'to', 'axes', 'step'], ['tail']), // [4, 3] of [2, 3, 4]
    node('Cast', { to: { int: 6 } }, ['tail'], ['tail32']),
    node('Mul', {}, ['tail32', 'two'], ['doubled']),
    node('Add', {}, ['doubled', 'minus'], ['target']), // [4, 6]
    node('Reshape', {}, ['x', 'target']),
  ];
  const constants = [
    integers('from', [-1]),
    integers('to', [0]),
    integers('axes', [0]),
    integers('step', [-1]),
    integers('two', [2]),
    integers('minus', [-4, 0]),
  ];
  const graph = await parsed([2, 3, 4], nodes, constants);
  assert.equal(graph.outputs[0]!.shape, [4, 6]);
});

test.run();
