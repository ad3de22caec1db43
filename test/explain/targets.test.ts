import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPOSITE_NAMES, loadModel, type Method, openDevice, type Target, type Tensor } from '../../src/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { assertRefused } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const TARGETS: readonly Target[] = [
  'predicted',
  3,
  { rank: 2 },
  '7',
  Float32Array.from({ length: 10 }, (_, k) => k - 4),
];
const NETWORKS = ['mini-vgg-bn', 'mini-residual', 'mini-fire'];
const METHODS: readonly Method[] = ['gradient', 'guided-backprop', 'integrated-gradients'];
const DEVICES = [{ name: 'reference', open: async () => openReferenceDevice() }, ...(await comparedDevices())];

for (const { name, open } of DEVICES) {
  for (const network of NETWORKS) {
    test(`${name}, ${network}: several targets at once are what each is by itself`, async () => {
      using device = await open();
      using model = await loadModel(device, `${goldenFolder}${network}.onnx`);
      const input = readNpy(readFileSync(`${goldenFolder}${network}.input.npy`));
      const image: Tensor = {
        shape: input.shape.slice(1),
        data: Float32Array.from(input.data).slice(0, input.data.length / input.shape[0]!),
      };
      const composites =
        name === 'reference'
          ? COMPOSITE_NAMES
          : (['epsilon-plus', 'epsilon-gamma-box', 'epsilon-alpha2-beta1'] as const);
      const ways = [...composites.map((composite) => ({ composite })), ...METHODS.map((method) => ({ method }))];
      for (const way of ways) {
        const options = { ...way, saliency: false, record: [] } as const;
        const together = await model.explainTargets(image, TARGETS, options);
        for (const [index, target] of TARGETS.entries()) {
          const alone = await model.explain(image, { ...options, target });
          const { relevance, target: of, layers } = together[index]!;
          assert.is(of.class?.index, alone.target.class?.index);
          assertRelative(relevance.data, alone.relevance.data, 1e-6);
          assert.is(layers.length, alone.layers.length);
          for (const [l, layer] of layers.entries()) {
            const size = Math.abs(alone.layers[l]!.out.sum) + Math.abs(alone.layers[l]!.out.maximum);
            for (const key of ['bias', 'stabilizer', 'lost'] as const) {
              assert.ok(Math.abs(layer[key] - alone.layers[l]![key]) <= 2e-4 * size, `${layer.layer}: ${key}`);
            }
          }
        }
      }
    });
  }
}

test('SR maps, overlays and what is recorded come for each target', async () => {
  using device = await openDevice('wasm');
  using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`, { preprocessing: { resize: 32, crop: 32 } });
  const data = Uint8Array.from(randomNumbers(32 * 32 * 3, 5), (value) => Math.abs(value * 100) % 256);
  const photo = { width: 32, height: 32, data };
  const layer = (await model.graph()).nodes.find(({ op }) => op === 'Conv')!.name;
  const options = { overlay: 'relevance', record: [layer] } as const;
  const together = await model.explainTargets(photo, [1, 2], options);
  for (const [index, target] of [1, 2].entries()) {
    const alone = await model.explain(photo, { ...options, target });
    const { salient, overlay, recorded } = together[index]!;
    assertRelative(salient!.data, alone.salient!.data, 1e-5);
    assertRelative(overlay!.data, alone.overlay!.data, 1e-2);
    assertRelative(recorded.get(layer)!.relevance!.data, alone.recorded.get(layer)!.relevance!.data, 1e-6);
    assertRelative(recorded.get(layer)!.activation.data, alone.recorded.get(layer)!.activation.data, 1e-6);
  }
  assert.not.equal(together[0]!.relevance.data, together[1]!.relevance.data);
});

test('more targets than one program takes', async () => {
  using device = await openDevice('wasm');
  using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`);
  const image = { shape: [3, 32, 32], data: randomNumbers(3072, 9) };
  const targets = Array.from({ length: 23 }, (_, rank) => rank % 10);
  const all = await model.explainTargets(image, targets, { saliency: false });
  assert.equal(
    all.map(({ target }) => target.class!.index),
    targets,
  );
  assert.equal(all[3]!.relevance.data, all[13]!.relevance.data);
});

test('against the runner-up: the start sums to zero, and lies on two classes', async () => {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`);
  const image = { shape: [3, 32, 32], data: randomNumbers(3072, 9) };
  const { classes, target } = await model.explain(image, { init: 'runner-up', saliency: false });
  assert.ok(Math.abs(target.start) < 1e-9);
  const weights = (index: number) => Float32Array.from({ length: 10 }, (_, k) => (k === index ? 1 : 0));
  const [own, other] = await model.explainTargets(image, [weights(classes[0]!.index), weights(classes[1]!.index)], {
    saliency: false,
    composite: 'epsilon-plus',
  });
  const { relevance } = await model.explain(image, { init: 'runner-up', saliency: false, composite: 'epsilon-plus' });
  // LRP is linear in its start: the winner's map less the runner-up's, which starts at the winner's logit.
  const ratio = classes[0]!.logit / classes[1]!.logit;
  assertRelative(
    relevance.data,
    own!.relevance.data.map((value, i) => value - ratio * other!.relevance.data[i]!),
    1e-6,
  );
});

test('what is no list of targets is refused in one line', async () => {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`);
  const image = { shape: [3, 32, 32], data: randomNumbers(3072, 9) };
  await assertRefused(model.explainTargets(image, []), 'bad-argument', /at least one target/);
  await assertRefused(model.explainTargets(image, [1], { target: 2 } as object), 'bad-argument', /no option "target"/);
  await assertRefused(model.explainTargets(image, [{ rank: 10 }]), 'bad-argument', /rank is 10; expected 0 to 9/);
  await assertRefused(model.explainTargets(image, [99]), 'bad-argument', /no class 99/);
  await assertRefused(
    model.explainTargets({ shape: [2, 3, 32, 32], data: new Float32Array(6144) }, [1]),
    'bad-argument',
    /takes one image, found 2/,
  );
});

test.run();
