import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Device,
  type ExplainInput,
  type ExplainOptions,
  loadModel,
  Model,
  openDevice,
  SalientError,
  type Tensor,
} from '../../src/index.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import type { Executable } from '../../src/tensor/device.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import type { Program } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sampleOf } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { assertRefused, floats } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';

const device = await openDevice('reference');
const path = `${goldenFolder}mini-vgg-bn.onnx`;
const options = { saliency: false } as const;
const image: Tensor = { shape: [3, 32, 32], data: new Float32Array(3072).fill(0.5) };

async function refuses(input: ExplainInput, code: string, message: RegExp, asked: ExplainOptions = {}): Promise<void> {
  using model = await loadModel(device, path);
  await assertRefused(model.explain(input, { ...options, ...asked }), code, message);
}

test('a tensor whose numbers do not fill its shape is refused', () =>
  refuses({ shape: [3, 32, 32], data: new Float32Array(5) }, 'bad-tensor', /3×32×32.*holds 5 numbers.*3072/));

test('pixels that do not fill their picture are refused', () =>
  refuses({ width: 32, height: 32, data: new Uint8Array(7) }, 'bad-image', /32×32.*holds 7 bytes/));

test('a photograph of the wrong size says which crop is right, a tensor which shape', async () => {
  using model = await loadModel(device, path, { preprocessing: { resize: 40, crop: null } });
  const photo = { width: 9, height: 9, data: new Uint8Array(243) };
  await assertRefused(model.explain(photo, options), 'shape-mismatch', /crops to 32×32, or resizes to exactly that/);
  await refuses({ shape: [3, 8, 8], data: new Float32Array(192) }, 'shape-mismatch', /3×8×8.*3×32×32.*tensor/);
});

test('a photograph for a network of one channel is told apart from one of the wrong size', async () => {
  using model = await loadModel(device, metadataModel({}, 1), { preprocessing: { order: 'rgb' } });
  const photo = { width: 4, height: 4, data: new Uint8Array(48) };
  await assertRefused(model.explain(photo, options), 'shape-mismatch', /three channels/);
});

test('z-box is bounded by what the preprocessing makes of black and white', async () => {
  const preprocessing = { ...PLAIN, range: 255, mean: [10, 20, 30], std: [1, 2, 5] } as const;
  using model = await loadModel(device, path, { preprocessing });
  const [first] = model.composite({ composite: 'epsilon-gamma-box' }).layers;
  assert.equal(first!.rule, { rule: 'z-box', low: [-10, -10, -6], high: [245, 117.5, 45] });
});

test('explainMany explains all images, in batches and in order, the last batch smaller', async () => {
  using model = await loadModel(device, path);
  const images = [0.1, 0.5, 0.9].map((level) => ({ ...image, data: new Float32Array(3072).fill(level) }));
  const maps: Tensor[] = [];
  for await (const { relevance } of model.explainMany(images, { ...options, batch: 2 })) maps.push(relevance);
  assert.is(maps.length, 3);
  for (const [n, map] of maps.entries()) {
    assertRelative(map.data, (await model.explain(images[n]!, options)).relevance.data, 1e-12);
  }
});

test('weights per class hold for every image of a batch', async () => {
  using model = await loadModel(device, path);
  const target = Float32Array.from({ length: 10 }, (_, k) => (k === 3 || k === 4 ? 0.5 : 0));
  const [a, b] = await model.explainBatch([image, image], { ...options, target });
  assert.is(a!.target.class, undefined);
  assertRelative(b!.relevance.data, a!.relevance.data, 1e-12);
});

test('what is no image, target or option is refused in one line', async () => {
  const anything = (value: unknown) => value as ExplainInput;
  await refuses(anything(undefined), 'bad-argument', /an image is pixels .*; found undefined$/);
  await refuses(anything('photo.png'), 'bad-argument', /found "photo.png"$/);
  await refuses(anything({ size: 3 }), 'bad-argument', /found { size }$/);
  for (const bytes of [new Uint8Array(3), new ArrayBuffer(3), new Blob(['abc'])]) {
    await refuses(anything(bytes), 'bad-argument', /a file's bytes \(decode them with decodeImage\)/);
  }
  await refuses(anything(new Response('abc')), 'bad-argument', /a Response \(decode its blob\(\) with decodeImage\)/);
  await refuses(image, 'bad-argument', /the target is \[object Object\]; expected/, {
    target: {} as unknown as Float32Array,
  });
  await refuses(image, 'bad-argument', /3 weights; expected 10/, { target: [1, 2, 3] });
  const misspelt = { taget: 1 } as ExplainOptions;
  await refuses(
    image,
    'bad-argument',
    /there is no option "taget"; expected one of method, composite, .*target/,
    misspelt,
  );
});

test('weights per class may be a plain array', async () => {
  using model = await loadModel(device, path);
  const weights = Array.from({ length: 10 }, (_, k) => (k === 3 ? 1 : 0));
  const [one, other] = [
    await model.explain(image, { ...options, target: weights }),
    await model.explain(image, { ...options, target: 3 }),
  ];
  assert.equal(one.relevance.data, other.relevance.data);
});

test('senseless counts are refused', async () => {
  await refuses(image, 'bad-argument', /top is -1/, { top: -1 });
  using model = await loadModel(device, path);
  const many = model.explainMany([image], { ...options, batch: Number.NaN });
  await assertRefused(many.next(), 'bad-argument', /batch is NaN/);
});

test('a layer recorded under two names is found under both, and its neighbours under their own', async () => {
  using model = await loadModel(device, path);
  const [conv, other] = (await model.graph()).nodes.filter(({ op }) => op === 'Conv');
  const names = [conv!.name, conv!.outputs[0]!, other!.name];
  const { recorded } = await model.explain(image, { ...options, record: names });
  assert.equal([...recorded.keys()], names);
  const [a, b, c] = names.map((name) => recorded.get(name)!.activation);
  assert.equal(a, b);
  const single = await model.explain(image, { ...options, record: [other!.name] });
  assert.equal(c, single.recorded.get(other!.name)!.activation);
});

test('a contrastive start takes one class', () =>
  refuses(image, 'bad-argument', /one target class/, {
    init: 'contrastive',
    target: new Float32Array(10).fill(0.1),
  }));

test('RGB and RGBA pixels of one picture give one map', async () => {
  using model = await loadModel(device, path, { preprocessing: { ...PLAIN } });
  const rgb = Uint8Array.from({ length: 3072 }, (_, i) => (i * 37) % 256);
  const rgba = Uint8ClampedArray.from({ length: 4096 }, (_, i) => (i % 4 === 3 ? 255 : rgb[3 * (i >> 2) + (i % 4)]!));
  const a = await model.explain({ width: 32, height: 32, data: rgb }, options);
  const b = await model.explain({ width: 32, height: 32, data: rgba }, options);
  assert.equal(a.relevance, b.relevance);
  assert.equal(a.shown, b.shown);
});

const PLAIN = { resize: null, crop: null, order: 'rgb', range: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;

test('a file URL is read, blanks and all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'salient model '));
  try {
    copyFileSync(path, join(folder, 'a net.onnx'));
    const url = pathToFileURL(join(folder, 'a net.onnx'));
    for (const source of [url, url.href]) {
      using model: Model = await loadModel(device, source);
      assert.is(model.labels.length, 10);
    }
    for (const elsewhere of ['file://host/net.onnx', 'file:///a%2Fb.onnx', 'file://%']) {
      await assertRefused(
        loadModel(device, elsewhere),
        'bad-argument',
        /is no file of this machine \(.*\); give a path/,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function metadataModel(metadata: Record<string, string>, channels = 3): Uint8Array {
  return modelBytes({
    name: 'own',
    inputs: [{ name: 'x', shape: [1, channels, 4, 4] }],
    outputs: [{ name: 'y', shape: [1, 2, 1, 1] }],
    nodes: [{ op: 'Conv', name: 'conv', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [floats('w', [2, channels, 4, 4])],
    metadata,
  });
}

test("a file's own labels and preprocessing are taken, and refused where they are damaged", async () => {
  const own = { 'salient.labels': '["day","night"]', 'salient.preprocess': JSON.stringify(PLAIN) };
  using model = await loadModel(device, metadataModel(own));
  assert.equal(model.labels, ['day', 'night']);
  assert.equal(model.preprocessing, PLAIN);
  const damaged: [string, string, RegExp][] = [
    ['salient.labels', '[1', /salient\.labels/],
    ['salient.preprocess', '{', /salient\.preprocess/],
    ['salient.preprocess', 'null', /salient\.preprocess/],
    ['salient.preprocess', '{ "resize": 4, "crop": 4, "order": "rgb", "range": 1 }', /mean is undefined/],
  ];
  for (const [key, value, message] of damaged) {
    await assertRefused(loadModel(device, metadataModel({ [key]: value })), 'bad-model', message);
  }
});

test('a batch for which the device has no room is run in parts, in order; one image that has none fails', async () => {
  using reference = await openDevice('reference');
  const batches: number[] = [];
  const small = (most: number): Device => ({
    ...reference,
    async prepare(program, options) {
      const batch = program.buffers[program.inputs.get('input')!]!.shape[0]!;
      batches.push(batch);
      if (batch > most) throw new SalientError('out-of-memory', `no room for ${batch}`);
      return reference.prepare(program, options);
    },
  });
  const both = readNpy(readFileSync(`${goldenFolder}mini-fire.input.npy`));
  const three = [sampleOf(both, 0), sampleOf(both, 1), sampleOf(both, 0)];
  const bytes = readFileSync(`${goldenFolder}mini-fire.onnx`);
  using model = await Model.open(small(1), bytes);
  const parts = await model.explainBatch(three, { saliency: false });
  assert.equal(batches, [3, 2, 1]);
  using whole = await Model.open(reference, bytes);
  const once = await whole.explainBatch(three, { saliency: false });
  assert.equal(
    parts.map(({ relevance }) => [...relevance.data]),
    once.map(({ relevance }) => [...relevance.data]),
  );
  using none = await Model.open(small(0), bytes);
  const error = await none.explain(three[0]!, { saliency: false }).catch((reason: unknown) => reason);
  assert.is((error as SalientError).code, 'out-of-memory');
});

/** A device that has room for some images at once, and what is asked of it and lives on it. */
function watchedDevice(most = Number.POSITIVE_INFINITY) {
  const reference = openReferenceDevice();
  const living = new Set<Executable>();
  const asked: number[] = [];
  const batchOf = ({ buffers, inputs }: Program) => buffers[inputs.values().next().value!]!.shape[0]!;
  const watched: Device = {
    ...reference,
    async prepare(program, options) {
      const batch = batchOf(program);
      asked.push(batch);
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (options?.signal?.aborted) throw new SalientError('aborted', 'enough');
      const taken = [...living].reduce((sum, executable) => sum + batchOf(executable.program), 0);
      if (taken + batch > most) throw new SalientError('out-of-memory', `no room for ${batch} beside ${taken}`);
      const executable = await reference.prepare(program, options);
      living.add(executable);
      const close = executable.close.bind(executable);
      executable.close = () => {
        living.delete(executable);
        close();
      };
      return executable;
    },
  };
  return { device: watched, asked, living };
}

const tiny: Tensor = { shape: [3, 4, 4], data: new Float32Array(48).fill(0.5) };

test('explanations with equal options that are asked for at once share one plan', async () => {
  const { device, asked, living } = watchedDevice();
  const model = await loadModel(device, metadataModel({}));
  const [a, b] = await Promise.all([model.explain(tiny, options), model.explain(tiny, options)]);
  assert.equal(a, b);
  assert.equal(asked, [1]);
  model.close();
  assert.is(living.size, 0);
});

test('a preparation that is aborted ends neither the call that waits for it nor later ones', async () => {
  const { device, living } = watchedDevice();
  using model = await loadModel(device, metadataModel({}));
  const controller = new AbortController();
  const aborted = model
    .explain(tiny, { ...options, signal: controller.signal })
    .catch((error: SalientError) => error.code);
  const waiting = model.explain(tiny, options);
  controller.abort();
  assert.is(await aborted, 'aborted');
  assert.is((await waiting).classes.length, 2);
  await model.explain(tiny, options);
  assert.is(living.size, 1);
});

test('a model that is closed ends its preparations and runs, and leaves nothing behind', async () => {
  for (const during of ['prepare', 'run'] as const) {
    const { device, living } = watchedDevice();
    const model = await loadModel(device, metadataModel({}));
    if (during === 'run') await model.prepare(options);
    const explaining = model.explain(tiny, { ...options, onProgress: () => model.close() });
    if (during === 'prepare') setTimeout(() => model.close(), 0);
    await assertRefused(explaining, 'closed', /closed/);
    assert.is(living.size, 0, during);
    await assertRefused(model.graph(2), 'closed', /load it again/);
  }
});

test('many plans at once: none is closed while it runs, and few are kept', async () => {
  const { device, living } = watchedDevice();
  using model = await loadModel(device, metadataModel({}));
  const batches = [1, 2, 3, 4, 5, 6, 7].map((batch) => Array.from({ length: batch }, () => tiny));
  const results = await Promise.all(batches.map((images) => model.explainBatch(images, options)));
  assert.equal(
    results.map(({ length }) => length),
    [1, 2, 3, 4, 5, 6, 7],
  );
  assert.is(living.size, 4);
});

test('plans that nobody uses make room for another', async () => {
  const { device, asked, living } = watchedDevice(2);
  using model = await loadModel(device, metadataModel({}));
  await model.explain(tiny, options);
  assert.is((await model.explainBatch([tiny, tiny], options)).length, 2);
  assert.equal(asked, [1, 2, 2]);
  assert.is(living.size, 1);
});

test('the batch that the device has room for is remembered, for these options', async () => {
  const { device, asked } = watchedDevice(2);
  using model = await loadModel(device, metadataModel({}));
  const images = Array.from({ length: 12 }, () => tiny);
  let count = 0;
  for await (const _ of model.explainMany(images, { ...options, batch: 6 })) count++;
  assert.is(count, 12);
  assert.equal(asked, [6, 3, 2]);
  await model.explainBatch(images.slice(0, 4), { ...options, composite: 'montavon' });
  assert.is(asked[3], 4);
});

test.run();
