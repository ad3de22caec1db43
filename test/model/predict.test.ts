import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, openDevice, type Tensor } from '../../src/index.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { assertRefused } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const device = await openDevice('reference');
const path = `${goldenFolder}mini-vgg-bn.onnx`;
const tensor = (seed: number): Tensor => ({ shape: [3, 32, 32], data: randomNumbers(3072, seed) });

test('predict gives the classes and logits that explain gives, for every image, in any batch', async () => {
  using model = await loadModel(device, path);
  const images = [tensor(1), tensor(2), tensor(3)];
  const together = await model.predict(images, { top: 3 });
  const inPairs = await model.predict(images, { top: 3, batch: 2 });
  assert.is(together.length, 3);
  for (const [n, image] of images.entries()) {
    const { classes, logits } = await model.explain(image, { saliency: false, top: 3 });
    for (const prediction of [together[n]!, inPairs[n]!]) {
      assertRelative(prediction.logits.data, logits.data, 1e-12);
      assert.equal(
        prediction.classes.map(({ index, label }) => ({ index, label })),
        classes.map(({ index, label }) => ({ index, label })),
      );
      assertClose(
        prediction.classes.map(({ probability }) => probability),
        classes.map(({ probability }) => probability),
        1e-12,
      );
    }
  }
});

test('predict records the activations that explain records', async () => {
  using model = await loadModel(device, path);
  const layer = (await model.graph()).nodes.find(({ op }) => op === 'Conv')!.name;
  const [prediction] = await model.predict([tensor(4)], { record: [layer] });
  const { recorded } = await model.explain(tensor(4), { saliency: false, record: [layer] });
  const { shape, data } = prediction!.recorded.get(layer)!;
  assert.equal(shape, recorded.get(layer)!.activation.shape);
  assertRelative(data, recorded.get(layer)!.activation.data, 1e-12);
});

test('predict refuses what it does not know, and nothing at all, in one line', async () => {
  using model = await loadModel(device, path);
  await assertRefused(model.predict([]), 'bad-argument', /no image/);
  await assertRefused(model.predict([tensor(5)], { record: ['nowhere'] }), 'bad-argument', /"nowhere"/);
  await assertRefused(
    model.predict([tensor(5)], { composite: 'epsilon' } as object),
    'bad-argument',
    /"composite".*top/,
  );
  await assertRefused(model.predict([tensor(5)], { batch: 0 }), 'bad-argument', /batch is 0/);
  model.close();
  await assertRefused(model.predict([tensor(5)]), 'closed', /closed/);
});

test('an explanation says which method made it', async () => {
  using model = await loadModel(device, path);
  assert.is((await model.explain(tensor(6), { saliency: false })).method, 'lrp');
});

test.run();
