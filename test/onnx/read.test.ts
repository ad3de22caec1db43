import onnxProto from 'onnx-proto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeModel, parseModel, readTensorProto } from '../../src/onnx/index.ts';
import { modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import type { TensorSource } from '../../src/tensor/source.ts';
import { readNumbers, type StoredType } from '../../src/tensor/source.ts';
import { assertRefused, floats, integers, modelDraft, node, parsed } from '../support/onnx.ts';

const { onnx } = onnxProto;
const relu = modelBytes(modelDraft([1, 2], [node('Relu')]));
const dense = modelBytes(modelDraft([1, 4], [node('MatMul', {}, ['x', 'w'])], [floats('w', [4, 3])]));

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const OTHER_FILES: readonly [title: string, bytes: Uint8Array, message: RegExp][] = [
  ['nothing', new Uint8Array(0), /the model file is empty/],
  ['HTML', ascii('\n<!doctype html><title>404</title>'), /not an ONNX model but HTML/],
  ['a PNG picture', ascii('\x89PNG\r\n\x1a\n....'), /not an ONNX model but a PNG picture/],
  ['a Git LFS pointer', ascii('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), /Git LFS pointer/],
  ['a PyTorch checkpoint', ascii('PK\x03\x04archive/data.pkl'), /a ZIP archive \(a PyTorch checkpoint/],
  ['text', ascii('This is not a model, it is only some text.'), /not an ONNX model, or a damaged one/],
  ['a protobuf message without a graph', Uint8Array.from([8, 7]), /it holds no graph/],
];

for (const [title, bytes, message] of OTHER_FILES) {
  test(`${title} instead of a model is refused, saying what it is`, async () => {
    await assertRefused(parseModel(bytes), 'bad-file', message);
  });
}

test('a model that was cut off anywhere is refused', async () => {
  for (let length = 0; length < dense.length; length++) {
    try {
      await parseModel(dense.subarray(0, length));
      assert.unreachable(`a model cut off after ${length} of ${dense.length} bytes was read`);
    } catch (error) {
      assert.is((error as Error).name, 'SalientError', String(error));
    }
  }
  await assertRefused(
    parseModel(dense.subarray(0, 60)),
    'bad-file',
    /truncated.*graph ends at byte \d+, but the file has 60/,
  );
});

test('damaged bytes are refused, or read as something: never a crash', async () => {
  for (let at = 0; at < dense.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const damaged = dense.slice();
      damaged[at]! ^= flip;
      await parseModel(damaged).catch((error: Error) => assert.is(error.name, 'SalientError', error.stack));
    }
  }
});

test('weights stay views into the file, also from a Buffer at an odd offset', async () => {
  const shifted = Buffer.alloc(dense.length + 1);
  shifted.set(dense, 1);
  const graph = await parseModel(shifted.subarray(1));
  const weights = graph.constants.get('w')!;
  assert.is(weights.bytes.buffer, shifted.buffer);
  assert.equal([...readNumbers(weights)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('raw data of the wrong length is refused, naming the tensor', async () => {
  const short = { ...floats('w', [4, 3]), bytes: new Uint8Array(44) };
  const model = parsed([1, 4], [node('MatMul', {}, ['x', 'w'])], [short]);
  await assertRefused(model, 'bad-tensor', /tensor "w" holds 44 bytes, but 4×3 float32 need 48/);
});

const { DataType } = onnx.TensorProto;

const TYPED: readonly [
  title: string,
  tensor: Parameters<typeof onnx.TensorProto.encode>[0],
  type: StoredType,
  numbers: readonly number[],
][] = [
  ['float_data', { dataType: DataType.FLOAT, dims: [3], floatData: [0.5, -2, 3] }, 'float32', [0.5, -2, 3]],
  ['double_data', { dataType: DataType.DOUBLE, dims: [2], doubleData: [0.1, -1e300] }, 'float64', [0.1, -1e300]],
  ['int64_data', { dataType: DataType.INT64, dims: [3], int64Data: [-1, 0, 2 ** 40] }, 'int64', [-1, 0, 2 ** 40]],
  ['int32_data', { dataType: DataType.INT32, dims: [3], int32Data: [-1, 300, 7] }, 'int32', [-1, 300, 7]],
  ['int32_data of int8', { dataType: DataType.INT8, dims: [2], int32Data: [-1, 100] }, 'int8', [-1, 100]],
  ['int32_data of uint16', { dataType: DataType.UINT16, dims: [2], int32Data: [65535, 1] }, 'uint16', [65535, 1]],
  ['int32_data of bool', { dataType: DataType.BOOL, dims: [2], int32Data: [1, 0] }, 'bool', [1, 0]],
  [
    'int32_data of float16',
    { dataType: DataType.FLOAT16, dims: [2], int32Data: [0x3c00, 0xc100] },
    'float16',
    [1, -2.5],
  ],
  ['uint64_data', { dataType: DataType.UINT64, dims: [1], uint64Data: [2 ** 52] }, 'uint64', [2 ** 52]],
  [
    'uint64_data of uint32',
    { dataType: DataType.UINT32, dims: [1], uint64Data: [2 ** 32 - 1] },
    'uint32',
    [2 ** 32 - 1],
  ],
  ['raw_data', { dataType: DataType.FLOAT16, dims: [], rawData: Uint8Array.of(0, 0x3e) }, 'float16', [1.5]],
];

for (const [title, tensor, type, numbers] of TYPED) {
  test(`a tensor's ${title} is read`, () => {
    const source = readTensorProto(onnx.TensorProto.encode({ name: 't', ...tensor }).finish());
    assert.is(source.type, type);
    assert.equal([...readNumbers(source)], numbers);
  });
}

test('float_data in one packed run is a view; unpacked or in several runs it is joined', () => {
  const packed = onnx.TensorProto.encode({ dataType: 1, dims: [2], floatData: [1, 2] }).finish();
  assert.is(readTensorProto(packed).bytes.buffer, packed.buffer);
  // dims 3; type float; a packed run of two elements (field 4), then one element without packing.
  const one = [0, 0, 128, 63];
  const bytes = Uint8Array.from([8, 3, 16, 1, 34, 8, ...one, ...one, 37, 0, 0, 0, 64]);
  assert.equal([...readNumbers(readTensorProto(bytes))], [1, 1, 2]);
});

test('bytes that are no tensor, and tensors of strings or complex numbers, are refused', async () => {
  const read = async (bytes: Uint8Array) => readTensorProto(bytes);
  await assertRefused(read(ascii('no tensor')), 'bad-file', /no ONNX TensorProto/);
  const strings = onnx.TensorProto.encode({ name: 's', dataType: 8, dims: [1], stringData: [ascii('a')] }).finish();
  await assertRefused(read(strings), 'unsupported', /tensor "s" holds string/);
  const brain = onnx.TensorProto.encode({ name: 'b', dataType: 14, dims: [1], rawData: new Uint8Array(8) }).finish();
  await assertRefused(read(brain), 'unsupported', /tensor "b" holds complex64; convert the model to float32/);
});

test('a damaged attempt to ask for more memory than there is is refused', async () => {
  const huge = node('ConstantOfShape', {}, ['s'], ['c']);
  const model = parsed([1], [huge, node('Add', {}, ['x', 'c'])], [integers('s', [2 ** 20, 2 ** 20])]);
  await assertRefused(model, 'out-of-memory', /constant "c" would be computed as 1048576×1048576: .*too large/);
});

function withNodes(...nodes: NodeDraft[]): Promise<unknown> {
  return parsed([1, 2], nodes);
}

test('all operators that are not supported are listed at once, with the first node of each', async () => {
  const custom = { ...node('Fused', {}, ['b'], ['y']), domain: 'com.example' };
  const model = withNodes(node('Einsum', {}, ['x'], ['a']), node('Einsum', {}, ['a'], ['b']), custom);
  await assertRefused(
    model,
    'unsupported',
    /not supported: Einsum \(2×, first at node "einsum"\), com\.example\.Fused \(1×, first at node "fused"\); supported are Abs, Add, /,
  );
});

test('a cycle, a value that nothing makes, and a value made twice are refused', async () => {
  await assertRefused(
    withNodes(node('Add', {}, ['x', 'b'], ['y']), node('Relu', {}, ['y'], ['b'])),
    'bad-model',
    /node "relu" \(Relu\): its input "y" depends on its own output: the graph has a cycle/,
  );
  await assertRefused(withNodes(node('Relu', {}, ['nothing'])), 'bad-model', /its input "nothing" is made by no node/);
  await assertRefused(withNodes(node('Relu'), node('Sigmoid')), 'bad-model', /its output "y" is made more than once/);
  await assertRefused(withNodes(node('Relu', {}, ['x'], ['z'])), 'bad-model', /output "y" is made by no node/);
});

test('attributes of the wrong kind, unknown ones, and unknown values are refused', async () => {
  const image = (name: string, attributes: NodeDraft['attributes']) => parsed([1, 1, 4, 4], [node(name, attributes)]);
  const kernel = { kernel_shape: { ints: [2, 2] } };
  await assertRefused(
    image('LeakyRelu', { alpha: { int: 1 } }),
    'bad-model',
    /attribute "alpha" is int, but must be float/,
  );
  await assertRefused(
    image('Relu', { alpha: { float: 1 } }),
    'unsupported',
    /attribute "alpha" is not supported; only none/,
  );
  await assertRefused(
    image('MaxPool', { ...kernel, auto_pad: { string: 'SAME' } }),
    'unsupported',
    /auto_pad "SAME" is unknown/,
  );
  await assertRefused(image('MaxPool', {}), 'bad-model', /it lacks kernel_shape/);
  await assertRefused(image('Pad', { mode: { string: 'wrap' } }), 'unsupported', /its mode is "wrap"/);
});

test('outputs in use that are not supported, and wrong numbers of inputs, are refused', async () => {
  const pool = node('MaxPool', { kernel_shape: { ints: [2, 2] } }, ['x'], ['m', 'indices']);
  const model = parsed([1, 1, 4, 4], [pool, node('Relu', {}, ['indices'])]);
  await assertRefused(model, 'unsupported', /node "maxpool" \(MaxPool\): its output "indices" is in use/);
  await assertRefused(withNodes(node('Relu', {}, ['x', 'x'])), 'bad-model', /it has 2 inputs, but 1 are expected/);
});

test('computed weights and shapes are refused, and operators on constants alone', async () => {
  const computed = parsed([1, 1, 3, 3], [node('Conv', {}, ['x', 'x'])]);
  await assertRefused(computed, 'unsupported', /its weights "x" is computed, but must be known/);
  const constant = parsed(
    [1, 2],
    [node('Relu', {}, ['c'], ['r']), node('Concat', { axis: { int: 0 } }, ['x', 'r'])],
    [floats('c', [1, 2])],
  );
  await assertRefused(constant, 'unsupported', /node "relu" \(Relu\): its operand "c" is constant/);
});

test('a network left in training mode is refused', async () => {
  const training: NodeDraft = node('Dropout', {}, ['x', '', 'on']);
  const on = { name: 'on', shape: [], type: 'bool' as const, bytes: Uint8Array.of(1) };
  await assertRefused(parsed([1, 2], [training], [on]), 'unsupported', /training_mode is on.*model\.eval/);
});

test('operator sets that are not known are refused', async () => {
  await assertRefused(parsed([1], [node('Relu')], [], { operatorSet: 99 }), 'unsupported', /operator set 99/);
});

test('a subgraph attribute is refused', async () => {
  const nodes = [
    { opType: 'Relu', input: ['x'], output: ['y'], attribute: [{ name: 'body', type: 5, g: { name: 'inner' } }] },
  ];
  const graph = { node: nodes, input: [{ name: 'x' }], output: [{ name: 'y' }] };
  const bytes = onnx.ModelProto.encode({ irVersion: 7, opsetImport: [{ version: 13 }], graph }).finish();
  await assertRefused(parseModel(bytes), 'unsupported', /node "Relu_0" \(Relu\): attribute "body" is a subgraph/);
});

test('a description says what is in a file, also where it cannot be run', () => {
  const nodes = [node('Einsum', {}, ['x'], ['a']), node('Relu', {}, ['a'], ['b']), node('Relu', {}, ['b'])];
  const description = describeModel(
    modelBytes(modelDraft(['N', 2], nodes, [floats('w', [3, 4])], { metadata: { author: 'me' } })),
  );
  assert.is(description.producer, 'salient-relevance');
  assert.equal(description.operatorSets, { '': 13 });
  assert.equal(description.metadata, { author: 'me' });
  assert.equal(description.inputs, [{ name: 'x', type: 'float32', shape: ['N', 2] }]);
  assert.equal(Object.entries(description.operators), [
    ['Relu', 2],
    ['Einsum', 1],
  ]);
  assert.equal(description.unsupported, ['Einsum']);
  assert.equal([description.parameters, description.parameterBytes], [12, 48]);
  assert.equal(describeModel(relu).unsupported, []);
  // Weights may stand in Constant nodes; integers there are shapes and axes.
  const constant = (name: string, tensor: TensorSource) => node('Constant', { value: { tensor } }, [], [name]);
  const inNodes = [
    constant('w', floats('w', [5, 3])),
    constant('s', integers('s', [4])),
    node('MatMul', {}, ['x', 'w']),
  ];
  assert.is(describeModel(modelBytes(modelDraft(['N', 5], inNodes, []))).parameters, 15);
});

test.run();
