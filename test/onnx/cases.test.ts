import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ExplainOptions, type Explanation, Model, type ModelOptions } from '../../src/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sampleOf } from '../../src/tensor/tensor.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { fixtures } from '../support/paths.ts';

/* Files that users of other tools stumbled over, in pairs that mean the same. */

const device = openReferenceDevice();
const PIXELS: ExplainOptions = { parameters: { low: [0], high: [255] } };

async function explained(
  folder: string,
  model: string,
  input: string,
  options: ExplainOptions = {},
  opening: ModelOptions = {},
): Promise<Explanation> {
  const path = (name: string) => `${fixtures}/cases/${folder}/${name}`;
  using opened = await Model.open(device, readFileSync(path(`${model}.onnx`)), opening);
  const tensor = readNpy(readFileSync(path(`${input}.npy`)), input);
  return await opened.explain(tensor.shape.length === 4 ? sampleOf(tensor, 0) : tensor, {
    saliency: false,
    ...options,
  });
}

function testCase(name: string, check: () => Promise<void>): void {
  test(name, async () => {
    if (existsSync(`${fixtures}/cases`)) await check();
    else console.log('fixtures not present');
  });
}

testCase('case 01: normalisation inside the network', async () => {
  const of = (model: string, input: string, options: ExplainOptions) =>
    explained('01-in-graph-normalisation', model, input, options);
  const mean = [0.485, 0.456, 0.406];
  const deviation = [0.229, 0.224, 0.225];
  const bounds = {
    low: mean.map((m, c) => -m / deviation[c]!),
    high: mean.map((m, c) => (1 - m) / deviation[c]!),
  };
  const composites = ['epsilon-plus', 'epsilon-plus-flat', 'epsilon-alpha2-beta1', 'epsilon-gamma-box', 'montavon'];
  for (const composite of composites) {
    const expected = await of('ext', 'xn', { composite, parameters: bounds });
    for (const model of ['ing', 'bn']) {
      const found = await of(model, 'px', { ...PIXELS, composite });
      assertRelative(found.relevance.data, expected.relevance.data, 1e-6, `${model}, ${composite}`);
    }
    const keras = await of('ker', 'px', { ...PIXELS, composite });
    const outside = await of('ext', 'xk', { composite, parameters: { low: [-1], high: [1] } });
    assertRelative(keras.relevance.data, outside.relevance.data, 1e-6, `ker, ${composite}`);
  }
});

testCase('case 02: BatchNormalization as Mul and Add', async () => {
  const of = (model: string) => explained('02-batchnorm-as-mul-add', model, 'x');
  assertRelative((await of('muladd')).relevance.data, (await of('bn')).relevance.data, 1e-12);
});

testCase('case 03: a binary classifier that ends in Sigmoid', async () => {
  const of = (model: string) => explained('03-sigmoid-output', model, 'x');
  const [found, expected] = [await of('sigmoid'), await of('logit')];
  assert.equal(found.relevance.data, expected.relevance.data);
  assertClose([found.classes[0]!.logit, found.classes[0]!.probability], [-1.9725, 0.1221], 1e-4);
});

testCase('case 04: channels last', async () => {
  const { relevance, salient } = await explained('04-nhwc-input', 'nhwc', 'nhwc', { saliency: {} });
  assert.equal(
    [relevance.shape, salient!.shape],
    [
      [3, 64, 64],
      [64, 64],
    ],
  );
});

testCase('case 05: open height and width', async () => {
  const { relevance } = await explained('05-open-height-width', 'dynhw', 'x64');
  assert.equal(relevance.shape, [3, 64, 64]);
});

testCase('case 06: channels picked and flipped', async () => {
  for (const model of ['transform_input', 'bgr_flip']) {
    const composite = 'epsilon-gamma-box';
    const { relevance } = await explained('06-transform-input-gather', model, 'transform_input', { composite });
    assert.equal(relevance.shape, [3, 12, 12]);
  }
});

testCase('case 07: LogSoftmax at the end', async () => {
  const { logits, classes } = await explained('07-logsoftmax-output', 'logsoftmax_head', 'x');
  const sum = Array.from(logits.data).reduce((total, logit) => total + Math.exp(logit), 0);
  assert.ok(Math.abs(sum - 1) > 0.01, 'logits, not their LogSoftmax');
  assertClose([classes[0]!.probability], [Math.exp(classes[0]!.logit) / sum], 1e-12);
});

testCase('case 08: several outputs', async () => {
  for (const model of ['feature_first_tuple', 'argmax_second']) {
    const { logits } = await explained('08-several-outputs', model, 'x');
    assert.is(logits.data.length, 5);
  }
  const output = 'onnx::Flatten_7';
  const { logits } = await explained('08-several-outputs', 'feature_first_tuple', 'x', {}, { output });
  assert.is(logits.data.length, 392);
});

test.run();
