import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeModel, parseModel, readTensorProto } from '../../src/onnx/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { toFloat64 } from '../../src/tensor/source.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { operators } from '../support/onnx.ts';
import { fixtures, goldenFolder } from '../support/paths.ts';
import { runGraph } from '../support/run-graph.ts';

/** Operators all of whose inputs are computed here; of others, the inputs after the first are constants. */
const COMPUTED = new Set(['Add', 'Concat', 'Gemm', 'Mul', 'Sum']);

/** Runs one of the ONNX project's operator tests on the reference device. */
async function conform(folder: string): Promise<void> {
  const bytes = readFileSync(`${folder}/model.onnx`);
  const data = `${folder}/test_data_set_0`;
  const { inputs, operators: counts } = describeModel(bytes);
  const given = inputs.map(
    ({ name }, index) => [name, readTensorProto(readFileSync(`${data}/input_${index}.pb`))] as const,
  );
  const isComputed = Object.keys(counts).some((op) => COMPUTED.has(op));
  const graph = await parseModel(bytes, { constants: Object.fromEntries(isComputed ? [] : given.slice(1)) });
  const values = new Map(given.map(([name, source]) => [name, toFloat64(source)]));
  const outputs = await runGraph(graph, new Map(graph.inputs.map(({ name }) => [name, values.get(name)!])));
  graph.outputs.forEach(({ name, shape }, index) => {
    const expected = readTensorProto(readFileSync(`${data}/output_${index}.pb`));
    assert.equal(shape, expected.shape);
    assertRelative(outputs.get(name)!.data, toFloat64(expected), 1e-6, folder);
  });
}

for (const set of ['node', 'node-opset11', 'pytorch']) {
  const root = `${fixtures}/onnx-tests/${set}`;
  if (fixtures === undefined || !existsSync(root)) {
    test(`the ONNX project's ${set} tests`, () => console.log('fixtures not present'));
    continue;
  }
  for (const folder of readdirSync(root)) {
    test(`${set}/${folder} gives the expected shapes and numbers`, () => conform(`${root}/${folder}`));
  }
}

const TOPOLOGIES: Readonly<Record<string, readonly string[]>> = {
  bvlc_alexnet: ['Conv', 'Dense', 'LRN', 'MaxPool', 'Relu', 'Reshape', 'Softmax'],
  densenet121: ['Affine', 'AveragePool', 'Concat', 'Conv', 'MaxPool', 'Relu'],
  inception_v1: ['AveragePool', 'Concat', 'Conv', 'Dense', 'LRN', 'MaxPool', 'Relu', 'Reshape', 'Softmax'],
  inception_v2: ['AveragePool', 'Concat', 'Conv', 'Dense', 'MaxPool', 'Relu', 'Reshape', 'Softmax'],
  resnet50: ['Add', 'AveragePool', 'Conv', 'Dense', 'MaxPool', 'Relu', 'Reshape', 'Softmax'],
  shufflenet: ['Add', 'AveragePool', 'Concat', 'Conv', 'Dense', 'MaxPool', 'Relu', 'Reshape', 'Softmax', 'Transpose'],
  squeezenet: ['AveragePool', 'Concat', 'Conv', 'MaxPool', 'Relu', 'Softmax'],
  vgg19: ['Conv', 'Dense', 'MaxPool', 'Relu', 'Reshape', 'Softmax'],
  zfnet512: ['Conv', 'Dense', 'LRN', 'MaxPool', 'Relu', 'Reshape', 'Softmax'],
};

// These files make their weights by ConstantOfShape, up to 0.6 GB of a few kilobytes.
for (const [name, expected] of Object.entries(TOPOLOGIES)) {
  test(`the topology ${name} is read; no batch normalisation that follows a Conv is left`, async () => {
    if (fixtures === undefined) return console.log('fixtures not present');
    const folder = `${fixtures}/onnx-tests/light`;
    const graph = await parseModel(readFileSync(`${folder}/light_${name}.onnx`), { foldedBytes: 2 ** 31 });
    const output = readTensorProto(readFileSync(`${folder}/light_${name}_output_0.pb`));
    assert.equal(graph.outputs[0]!.shape, output.shape);
    assert.equal([...new Set(operators(graph))].sort(), expected);
  });
}

test('a topology with a fixed batch is read with another', async () => {
  if (fixtures === undefined) return console.log('fixtures not present');
  for (const name of ['squeezenet', 'shufflenet', 'inception_v1']) {
    const graph = await parseModel(readFileSync(`${fixtures}/onnx-tests/light/light_${name}.onnx`), {
      batch: 3,
      foldedBytes: 2 ** 31,
    });
    assert.equal(graph.outputs[0]!.shape.slice(0, 2), [3, 1000]);
  }
});

for (const name of ['mini-vgg-bn', 'mini-strided', 'mini-fire', 'mini-residual']) {
  test(`${name} gives the logits of PyTorch in float64`, async () => {
    const graph = await parseModel(readFileSync(`${goldenFolder}${name}.onnx`), { batch: 2 });
    const input = readNpy(readFileSync(`${goldenFolder}${name}.input.npy`)).data;
    const logits = readNpy(readFileSync(`${goldenFolder}${name}.logits.npy`)).data;
    const outputs = await runGraph(graph, new Map([['input', Float64Array.from(input)]]));
    assertRelative(outputs.get('logits')!.data, logits, 1e-11, name);
  });
}

test('SqueezeNet gives the probabilities that accompany it', async () => {
  if (fixtures === undefined) return console.log('fixtures not present');
  const graph = await parseModel(readFileSync(`${fixtures}/models/squeezenet1.1.onnx`));
  const data = `${fixtures}/models/squeezenet-test-data/0`;
  const input = toFloat64(readTensorProto(readFileSync(`${data}/input_0.pb`)));
  const expected = toFloat64(readTensorProto(readFileSync(`${data}/output_0.pb`)));
  const outputs = await runGraph(graph, new Map([['data_0', input]]));
  assertClose(outputs.get('softmaxout_1')!.data, expected, 1e-5);
});

test('an old CNTK model becomes convolutions and a dense layer with biases', async () => {
  if (fixtures === undefined) return console.log('fixtures not present');
  const bytes = readFileSync(`${fixtures}/models/mnist-8.onnx`);
  const graph = await parseModel(bytes);
  assert.equal(operators(graph), ['Conv', 'Relu', 'MaxPool', 'Conv', 'Relu', 'MaxPool', 'Reshape', 'Dense']);
  for (const node of graph.nodes) if (node.op === 'Conv' || node.op === 'Dense') assert.is(node.inputs.length, 3);
  for (const { bytes: weights } of graph.constants.values()) assert.is(weights.buffer, bytes.buffer);
});

test('GoogLeNet is read', async () => {
  if (fixtures === undefined) return console.log('fixtures not present');
  const graph = await parseModel(readFileSync(`${fixtures}/models/bvlc_googlenet.onnx`));
  assert.equal(graph.outputs, [{ name: 'prob_1', shape: [1, 1000] }]);
});

test.run();
