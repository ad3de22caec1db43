import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveMethod } from '../../src/explain/methods.ts';
import { occluded, onPath, windowPlaces } from '../../src/explain/samples.ts';
import { type ExplainOptions, type Explanation, loadModel, type Model, type Tensor } from '../../src/index.ts';
import type { Device } from '../../src/tensor/device.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { assertRefused } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const path = `${goldenFolder}mini-vgg-bn.onnx`;
const image: Tensor = { shape: [3, 32, 32], data: randomNumbers(3072, 11) };

const preprocessing = { mean: [0, 0, 0], std: [1, 1, 1], range: 1 } as const;
const open = () => loadModel(openReferenceDevice(), path, { preprocessing });
const sum = (data: ArrayLike<number>) => Array.from(data).reduce((total, value) => total + value, 0);

function explain(model: Model, options: ExplainOptions): Promise<Explanation> {
  return model.explain(image, { target: 3, saliency: false, ...options });
}

test('the gradient is that of finite differences of the target, and says which method it is', async () => {
  using model = await open();
  const { relevance, method, layers, target } = await explain(model, { method: 'gradient' });
  assert.is(method, 'gradient');
  assert.equal(layers, []);
  assert.is(target.start, 1);
  const step = 1e-3;
  for (const at of [40, 1500, 3000]) {
    const moved = (by: number) => ({ ...image, data: image.data.map((value, i) => (i === at ? value + by : value)) });
    const [up, down] = await model.predict([moved(step), moved(-step)]);
    assertClose([relevance.data[at]!], [(up!.logits.data[3]! - down!.logits.data[3]!) / (2 * step)], 1e-3);
  }
});

test('gradient × input is the gradient times the input', async () => {
  using model = await open();
  const gradient = (await explain(model, { method: 'gradient' })).relevance.data;
  const product = (await explain(model, { method: 'gradient-x-input' })).relevance.data;
  assertRelative(
    product,
    Array.from(gradient, (value, i) => value * image.data[i]!),
    1e-12,
  );
});

test('gradient × input is LRP-0', async () => {
  // Of a network of Relu layers, with the bias in z and no stabilizer (Ancona et al. 2018).
  using model = await loadModel(openReferenceDevice(), `${goldenFolder}mini-strided.onnx`);
  const rules = {
    name: 'lrp-0',
    layers: [{ match: {}, rule: { rule: 'zero' } }],
    pooling: 'winner',
    lrn: 'pass',
    normEpsilon: 0,
  } as const;
  const lrp = await explain(model, { composite: rules });
  const product = await explain(model, { method: 'gradient-x-input' });
  assertRelative(product.relevance.data, lrp.relevance.data, 1e-6);
});

test('integrated gradients sum to the difference of the scores, the better the more steps', async () => {
  using model = await open();
  const method = (steps: number) => ({ name: 'integrated-gradients', steps }) as const;
  const few = await explain(model, { method: method(4) });
  const many = await explain(model, { method: method(64) });
  const [from, to] = await model.predict([{ ...image, data: new Float32Array(3072) }, image]);
  const difference = to!.logits.data[3]! - from!.logits.data[3]!;
  assert.ok(many.completenessError! < 0.01, `${many.completenessError}`);
  assert.ok(few.completenessError! > many.completenessError!);
  assertClose([sum(many.relevance.data)], [difference], 0.0101 * Math.abs(difference));
});

test('the path of integrated gradients is taken in the middle of its pieces', () => {
  const one: Tensor = { shape: [1, 1, 1], data: Float32Array.of(3) };
  const zero: Tensor = { shape: [1, 1, 1], data: Float32Array.of(-1) };
  assertClose(
    Array.from(onPath(one, zero, 4), ({ data }) => data[0]!),
    [-0.5, 0.5, 1.5, 2.5],
    1e-7,
  );
});

test('occluding windows reach the border, and hold the baseline', () => {
  const places = [0, 2, 3].flatMap((y) => [0, 1].map((column) => ({ y, x: column })));
  assert.equal(windowPlaces(5, 3, 2, 2), places);
  const x: Tensor = { shape: [1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const baseline: Tensor = { shape: [1, 2, 3], data: Float32Array.of(-1, -2, -3, -4, -5, -6) };
  assert.equal(Array.from(occluded(x, baseline, { y: 1, x: 1 }, 2).data), [1, 2, 3, 4, -5, -6]);
});

test('SmoothGrad without noise is the gradient; its noise follows the seed', async () => {
  using model = await open();
  const smooth = async (sigma: number, seed: number) =>
    (await explain(model, { method: { name: 'smoothgrad', samples: 3, sigma, seed } })).relevance.data;
  assertRelative(await smooth(0, 1), (await explain(model, { method: 'gradient' })).relevance.data, 1e-6);
  const [first, again, other] = [await smooth(0.2, 5), await smooth(0.2, 5), await smooth(0.2, 6)];
  assert.equal(first, again);
  assert.not.equal(first, other);
});

test('what is left out of a method is filled in, so that a manifest can make its map again', () => {
  assert.equal(resolveMethod('smoothgrad'), { name: 'smoothgrad', samples: 25, sigma: 0.15, seed: 1, of: 'gradient' });
  assert.equal(resolveMethod('integrated-gradients'), { name: 'integrated-gradients', steps: 32, baseline: 'black' });
});

test('integrated gradients between equal scores state no completeness error', async () => {
  using model = await open();
  const method = { name: 'integrated-gradients', steps: 2, baseline: image } as const;
  assert.not('completenessError' in (await explain(model, { method })));
});

test('occlusion of the whole picture is the fall of the score to the baseline', async () => {
  using model = await open();
  const { relevance } = await explain(model, { method: { name: 'occlusion', window: 32, stride: 32 } });
  const [from, to] = await model.predict([{ ...image, data: new Float32Array(3072) }, image]);
  const fall = to!.logits.data[3]! - from!.logits.data[3]!;
  assertClose([sum(relevance.data)], [fall * 1024], 1e-2 * Math.abs(fall));
});

test('SR maps follow any method', async () => {
  using model = await open();
  const { salient } = await explain(model, { method: { name: 'smoothgrad', samples: 2 }, saliency: { size: 'none' } });
  assert.equal(salient!.shape, [32, 32]);
  assert.ok(Array.from(salient!.data).every((value) => value >= 0 && value <= 1));
});

test('what a method does not take is refused in one line', async () => {
  using model = await open();
  const refused = (options: object, message: RegExp) =>
    assertRefused(explain(model, options as ExplainOptions), 'bad-argument', message);
  await refused({ method: 'magic' }, /no method "magic"; choose one of lrp, gradient/);
  await refused({ method: { name: 'gradient', steps: 3 } }, /gradient takes no steps/);
  await refused({ method: { name: 'smoothgrad', samples: 0 } }, /samples of smoothgrad is 0/);
  await refused({ method: 'grad-cam' }, /grad-cam needs a layer/);
  await refused({ method: 'occlusion', record: ['x'] }, /made of several runs: it takes no record/);
});

const MINIS = ['mini-vgg-bn', 'mini-residual'];
const golden = async (name: string) => readNpy(await readFile(`${goldenFolder}${name}.npy`));

/** Compares with PyTorch's autograd in float64 (test/golden/generate.py). */
async function assertAutograd(device: Device, bound: number): Promise<void> {
  for (const mini of MINIS) {
    using model = await loadModel(device, `${goldenFolder}${mini}.onnx`);
    const { nodes, shapes } = await model.graph();
    const layer = nodes.findLast(({ op, outputs }) => op === 'Relu' && shapes.get(outputs[0]!)!.length === 4)!.name;
    const input = await golden(`${mini}.input`);
    for (const name of ['gradient', 'guided-backprop', 'deconvnet', 'grad-cam'] as const) {
      const method = name === 'grad-cam' ? { name, layer } : { name };
      const results = await model.explainBatch([input], { method, saliency: false });
      const found = results.flatMap(({ relevance }) => Array.from(relevance.data));
      assertRelative(found, (await golden(`${mini}.${name}`)).data, bound, `${mini} ${name}`);
    }
  }
}

test('reference reproduces the methods of PyTorch in float64 to 1e-6', async () => {
  using device = openReferenceDevice();
  await assertAutograd(device, 1e-6);
});

/** Methods of several runs, and the one that has no golden map. */
const OTHERS = [
  { name: 'gradient-x-input' },
  { name: 'smoothgrad', samples: 2 },
  { name: 'integrated-gradients', steps: 3 },
  { name: 'occlusion', window: 16 },
] as const;

for (const { name, open: openDevice } of await comparedDevices()) {
  test(`${name} reproduces the methods of PyTorch in float64 to 1e-4, and the others of reference`, async () => {
    using device = await openDevice();
    await assertAutograd(device, 1e-4);
    using model = await loadModel(device, path, { preprocessing });
    using truth = await open();
    for (const method of OTHERS) {
      const [found, expected] = [await explain(model, { method }), await explain(truth, { method })];
      assertRelative(found.relevance.data, expected.relevance.data, 1e-4, method.name);
    }
  });
}

test.run();
