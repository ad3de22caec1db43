import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SCENE_CLASSES } from '../../models/scenes/scene.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { loadModel, openDevice } from '../../src/index.ts';
import { describeModel, parseModel } from '../../src/onnx/index.ts';
import { repositoryRoot } from '../support/paths.ts';

const models = join(repositoryRoot, 'models');
const samples = readdirSync(join(models, 'samples')).filter((name) => !name.endsWith('.mask.png'));
const bytesOf = (network: string) => readFileSync(join(models, `scenes-${network}.onnx`));

/** What PyTorch answers to the butterfly among the samples. */
const BUTTERFLY_LOGITS = {
  vgg: [5.48258, -0.66283, -0.51538, -0.72389, 0.07701, -0.04404, -0.58446, 0.07828, -0.78548, -0.35696],
  alexnet: [4.50154, -0.85076, -0.46987, -0.66427, -1.05232, -0.71698, -0.87294, -0.61102, -0.64033, -0.65628],
};

for (const network of ['vgg', 'alexnet'] as const) {
  test(`scenes-${network} is small and says how to feed it and what it answers`, () => {
    const bytes = bytesOf(network);
    assert.ok(bytes.length <= 4e6, `${bytes.length} bytes`);
    const { metadata, unsupported } = describeModel(bytes);
    assert.equal(JSON.parse(metadata['salient.labels']!), SCENE_CLASSES);
    assert.equal(JSON.parse(metadata['salient.preprocess']!), {
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      order: 'rgb',
      range: 1,
      resize: 128,
      crop: 128,
    });
    assert.equal(unsupported, []);
  });

  test(`scenes-${network} takes any batch`, async () => {
    const { inputs, outputs } = await parseModel(bytesOf(network), { batch: 3 });
    assert.equal(inputs, [{ name: 'input', shape: [3, 3, 128, 128] }]);
    assert.equal(outputs, [{ name: 'logits', shape: [3, 10] }]);
  });

  test(`scenes-${network} names at least nine of the ten samples, and gives PyTorch's logits`, async () => {
    const device = await openDevice();
    const model = await loadModel(device, bytesOf(network));
    let right = 0;
    for (const name of samples) {
      const image = await decodeImage(readFileSync(join(models, 'samples', name)));
      const { classes, logits } = await model.explain(image, { saliency: false });
      const label = name.split('-')[0];
      if (classes[0]!.label === label) right++;
      if (label !== 'butterfly') continue;
      const worst = Math.max(...BUTTERFLY_LOGITS[network].map((logit, i) => Math.abs(logit - logits.data[i]!)));
      assert.ok(worst < 1e-4, `the logits differ by ${worst}`);
    }
    model[Symbol.dispose]();
    device.close();
    assert.is(samples.length, 10);
    assert.ok(right >= 9, `${right} of 10`);
  });
}

test('the VGG-shaped network is 3×3 convolutions and 2×2 pools', async () => {
  const { nodes } = await parseModel(bytesOf('vgg'));
  for (const node of nodes) {
    if (node.op === 'Conv') assert.equal(node.window.kernel, [3, 3]);
    if (node.op === 'MaxPool') assert.equal(node.window.kernel, [2, 2]);
  }
  assert.is(nodes.filter(({ op }) => op === 'Conv').length, 8);
});

test('the AlexNet-shaped network has a strided 11×11 convolution, groups, LRN and overlapping pools', async () => {
  const { nodes } = await parseModel(bytesOf('alexnet'));
  const convolutions = nodes.filter((node) => node.op === 'Conv');
  assert.equal(convolutions[0]!.window.kernel, [11, 11]);
  assert.equal(convolutions[0]!.window.strides, [4, 4]);
  assert.equal(
    convolutions.map(({ groups }) => groups),
    [1, 2, 1, 2, 2],
  );
  assert.is(nodes.filter(({ op }) => op === 'LRN').length, 2);
});

test.run();
