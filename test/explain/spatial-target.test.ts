import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { classMap } from '../../src/explain/spatial-target.ts';
import { explainConcepts, loadModel, type Target, type Tensor } from '../../src/index.ts';
import { Model } from '../../src/model/model.ts';
import { modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import type { Device } from '../../src/tensor/device.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape, sampleOf } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { assertRefused, integers, modelDraft, node } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const DEVICES = [{ name: 'reference', open: async () => openReferenceDevice() }, ...(await comparedDevices())];
const LABELS = ['sky', 'tree', 'road', 'cat'];
const PLANE = { height: 8, width: 6 };

let drawn = 900;
const random = (name: string, shape: Shape) => sourceOf(name, shape, randomNumbers(elementCount(shape), drawn++));

const weights = [random('w1', [6, 3, 3, 3]), random('b1', [6]), random('w2', [4, 6, 1, 1]), random('b2', [4])];

/** Two convolutions that score four classes at each of 8×6 pixels; `head` goes on from there. */
function network(device: Device, head: readonly NodeDraft[] = [], constants: readonly TensorSource[] = []) {
  const scores = head.length === 0 ? 'y' : 'scores';
  const pads = { pads: { ints: [1, 1, 1, 1] }, kernel_shape: { ints: [3, 3] }, strides: { ints: [2, 2] } };
  const nodes = [
    node('Conv', pads, ['x', 'w1', 'b1'], ['h']),
    node('Relu', {}, ['h'], ['r']),
    { ...node('Conv', { kernel_shape: { ints: [1, 1] } }, ['r', 'w2', 'b2'], [scores]), name: 'conv2' },
  ];
  const draft = modelDraft([1, 3, 16, 12], [...nodes, ...head], [...weights, ...constants]);
  const options = { preprocessing: { resize: null, crop: null, mean: [0, 0, 0], std: [1, 1, 1] } as const };
  return Model.open(device, modelBytes(draft), { labels: LABELS, ...options });
}

const image: Tensor<Float32Array> = { shape: [3, 16, 12], data: Float32Array.from(randomNumbers(576, 31)) };
const RULES = { composite: 'epsilon-plus', saliency: false } as const;

/** What test/golden/conditions.py starts from: a pixel, a box, a disk. */
const disk = Float32Array.from({ length: 1024 }, (_, i) => {
  return Number((Math.floor(i / 32) - 16) ** 2 + ((i % 32) - 12) ** 2 < 64);
});
const GOLDEN_TARGETS: readonly Target[] = [
  '2@9,20',
  { class: 4, box: [4, 6, 20, 18] },
  { class: 1, mask: { shape: [32, 32], data: disk } },
];

for (const { name, open } of DEVICES) {
  test(`${name}: a pixel, a box and a mask of enlarged class scores (FCN) are PyTorch's`, async () => {
    using device = await open();
    using model = await loadModel(device, `${goldenFolder}mini-fcn.onnx`);
    const golden = (what: string) => readNpy(readFileSync(`${goldenFolder}mini-fcn.${what}.npy`));
    for (const sample of [0, 1]) {
      const maps = sampleOf(golden('spatial'), sample);
      const explanations = await model.explainTargets(sampleOf(golden('input'), sample), GOLDEN_TARGETS, RULES);
      for (const [way, { relevance }] of explanations.entries()) {
        assertRelative(relevance.data, sampleOf(maps, way).data, name === 'reference' ? 1e-6 : 1e-4);
      }
    }
  });

  test(`${name}: channels of a class at a pixel: their maps add up to the pixel's`, async () => {
    using device = await open();
    using model = await loadModel(device, `${goldenFolder}mini-fcn.onnx`);
    const golden = (what: string) => sampleOf(readNpy(readFileSync(`${goldenFolder}mini-fcn.${what}.npy`)), 0);
    const layer = (await model.graph()).nodes.find(({ op }) => op === 'Relu')!.name;
    const { concepts } = await explainConcepts(model, golden('input'), { layer, target: '2@9,20', top: 99 });
    assert.is(concepts.length, 8);
    const expected = sampleOf(golden('spatial'), 0).data;
    const added = Float64Array.from(expected, (_, i) => concepts.reduce((sum, { map }) => sum + map.data[i]!, 0));
    assertRelative(added, expected, 1e-4);
  });

  test(`${name}: a class at one pixel is what a network says that gives this pixel alone`, async () => {
    using device = await open();
    using model = await network(device);
    const [y, x] = [3, 4];
    const ends = [integers('starts', [y, x]), integers('ends', [y + 1, x + 1]), integers('axes', [2, 3])];
    const cut = [
      node('Slice', {}, ['scores', 'starts', 'ends', 'axes'], ['pixel']),
      node('Flatten', {}, ['pixel'], ['y']),
    ];
    using single = await network(device, cut, ends);
    for (const [index, label] of LABELS.entries()) {
      for (const composite of ['epsilon-plus', 'epsilon-alpha2-beta1', 'epsilon-gamma-box'] as const) {
        const options = { composite, saliency: false } as const;
        const expected = await single.explain(image, { ...options, target: index });
        for (const target of [`${label}@3,4`, { class: index, position: [y, x] } as const]) {
          const explanation = await model.explain(image, { ...options, target });
          assert.is(explanation.target.class!.label, label);
          assertRelative([explanation.target.start], [expected.target.start], 1e-5);
          assertRelative(explanation.relevance.data, expected.relevance.data, 1e-5);
        }
      }
    }
  });

  test(`${name}: a class over a plane is what a network says that takes the mean`, async () => {
    using device = await open();
    using model = await network(device);
    const pool = [node('GlobalAveragePool', {}, ['scores'], ['mean']), node('Flatten', {}, ['mean'], ['y'])];
    using mean = await network(device, pool);
    for (const method of ['lrp', 'gradient', 'integrated-gradients'] as const) {
      const options = { ...RULES, method };
      const expected = await mean.explainTargets(image, [0, 1, 2, 3], options);
      const targets = LABELS.map((label) => ({ class: label, box: [0, 0, 8, 6] as const }));
      const found = await model.explainTargets(image, targets, options);
      for (const [index, explanation] of found.entries()) {
        assertRelative(explanation.relevance.data, expected[index]!.relevance.data, 1e-5);
      }
    }
  });
}

test('masks, boxes and classes mean the pixels that they say', async () => {
  using device = openReferenceDevice();
  using model = await network(device);
  const [{ logits, classes } = assert.unreachable() as never] = await model.predict([image]);
  const scores = { data: logits.data, classes: 4, ...PLANE };
  const likeliest = classMap(scores);
  const shares = LABELS.map((_, index) => likeliest.filter((each) => each === index).length / 48);
  for (const { index, probability } of classes) assertRelative([probability], [shares[index]!], 1e-12);
  assert.is(classes[0]!.probability, Math.max(...shares));
  const weighted = async (index: number, isIn: (pixel: number) => boolean) => {
    const pixels = Array.from({ length: 48 }, (_, pixel) => pixel).filter(isIn);
    const own = new Float32Array(4 * 48);
    for (const pixel of pixels) own[index * 48 + pixel] = 1 / pixels.length;
    const start = pixels.reduce((sum, pixel) => sum + logits.data[index * 48 + pixel]! / pixels.length, 0);
    return { ...(await model.explain(image, { ...RULES, target: own })), start };
  };
  const equal = async (target: Target | undefined, index: number, isIn: (pixel: number) => boolean) => {
    const expected = await weighted(index, isIn);
    const found = await model.explain(image, { ...RULES, target });
    assertRelative(found.relevance.data, expected.relevance.data, 1e-12);
    assertRelative([found.target.start], [expected.start], 1e-6);
    assert.is(found.target.class!.index, index);
  };
  const most = classes[0]!.index;
  const second = classes[1]!.index;
  await equal(undefined, most, (pixel) => likeliest[pixel] === most);
  await equal({ rank: 1 }, second, (pixel) => likeliest[pixel] === second);
  await equal(LABELS[second]!, second, (pixel) => likeliest[pixel] === second);
  await equal({ class: 2, box: [1, 2, 4, 5] }, 2, (pixel) => {
    const [y, x] = [Math.floor(pixel / 6), pixel % 6];
    return y >= 1 && y < 4 && x >= 2 && x < 5;
  });
  await equal('@2,1', likeliest[13]!, (pixel) => pixel === 13);
  const data = Float32Array.from({ length: 48 }, (_, pixel) => (pixel % 5 === 0 ? 1 : 0));
  await equal({ class: 'cat', mask: { shape: [8, 6], data } }, 3, (pixel) => pixel % 5 === 0);
  // A picture as large as the photograph: the left half.
  const photo = { width: 12, height: 16, data: Uint8Array.from({ length: 576 }, (_, i) => (i * 37) % 256) };
  const mask = { width: 12, height: 16, data: photo.data.map((_, i) => (Math.floor(i / 3) % 12 < 6 ? 255 : 0)) };
  const half = await model.explain(photo, { ...RULES, target: { class: 'road', mask } });
  const box = await model.explain(photo, { ...RULES, target: { class: 'road', box: [0, 0, 8, 3] } });
  assertRelative(half.relevance.data, box.relevance.data, 1e-12);
  // Images in a batch each have their own pixels.
  const other = { shape: image.shape, data: Float32Array.from(randomNumbers(576, 77)) };
  const batch = await model.explainBatch([image, other], RULES);
  const alone = await model.explain(other, RULES);
  assert.equal(batch[1]!.relevance.data, alone.relevance.data);
  assert.is((await model.explain(image)).salient!.shape.join(), '16,12');
});

test('targets at pixels that do not exist are refused in one line', async () => {
  using device = openReferenceDevice();
  using model = await network(device);
  const refused = (target: Target, message: RegExp) =>
    assertRefused(model.explain(image, { ...RULES, target }), 'bad-argument', message);
  await refused('cat@8,0', /rows 8 to 9 and columns 0 to 1 \(ends not included\); expected some within 8×6/);
  await refused('dog@1,1', /no class is named "dog"/);
  await refused({ class: 4, position: [0, 0] }, /there is no class 4; the network has classes 0 to 3/);
  await refused({ class: 1, box: [2, 2, 2, 4] }, /rows 2 to 2/);
  await refused({ box: [0, 0, 1, 1], position: [0, 0] }, /a position, a box or a mask; give one of them/);
  await refused({ mask: { shape: [4, 4], data: new Float32Array(16) } }, /the mask is 4×4; expected the output's 8×6/);
  await refused({ mask: { shape: [8, 6], data: new Float32Array(48) } }, /all of it is black/);
  await refused([1, 2, 3], /has 3 weights; expected 192 finite numbers, one for each class and pixel/);
  const flat = [node('GlobalAveragePool', {}, ['scores'], ['mean']), node('Flatten', {}, ['mean'], ['y'])];
  using single = await network(device, flat);
  const target = { class: 1, position: [0, 0] } as const;
  await assertRefused(single.explain(image, { target }), 'bad-argument', /gives one score for each class/);
});

test.run();
