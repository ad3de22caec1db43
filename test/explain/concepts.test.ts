import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPOSITE_NAMES, explainConcepts, loadModel, type Model, type Tensor } from '../../src/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { elementCount, sampleOf } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { assertRefused } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';

const NETWORKS = ['mini-vgg-bn', 'mini-residual'];
const DEVICES = [{ name: 'reference', open: async () => openReferenceDevice() }, ...(await comparedDevices())];

const golden = (name: string) => readNpy(readFileSync(`${goldenFolder}${name}.npy`));

function imageOf(network: string, sample: number): Tensor<Float32Array> {
  const { shape, data } = sampleOf(golden(`${network}.input`), sample);
  return { shape, data: Float32Array.from(data) };
}

/** The name of the third Relu that gives planes. */
async function thirdRelu(model: Model): Promise<string> {
  const { nodes, shapes } = await model.graph();
  return nodes.filter(({ op, outputs }) => op === 'Relu' && shapes.get(outputs[0]!)!.length === 4)[2]!.name;
}

const sum = ({ data }: Tensor) => Array.from(data).reduce((total, value) => total + value, 0);

for (const { name, open } of DEVICES) {
  for (const network of NETWORKS) {
    test(`${name}, ${network}: relevance through one channel is zennit's`, async () => {
      using device = await open();
      using model = await loadModel(device, `${goldenFolder}${network}.onnx`);
      const layer = await thirdRelu(model);
      for (const sample of [0, 1]) {
        const { explanation, concepts } = await explainConcepts(model, imageOf(network, sample), {
          layer,
          channels: [1, 5],
        });
        const expected = sampleOf(golden(`${network}.concepts.layer`), sample);
        assert.equal(explanation.relevance.shape, expected.shape);
        assertRelative(explanation.relevance.data, expected.data, name === 'reference' ? 1e-6 : 1e-4);
        const maps = sampleOf(golden(`${network}.concepts`), sample);
        // What the ranking stops at is what a whole explanation passes there.
        const whole = await model.explain(imageOf(network, sample), { saliency: false, record: [layer] });
        assertRelative(whole.recorded.get(layer)!.relevance!.data, expected.data, name === 'reference' ? 1e-6 : 1e-4);
        for (const [index, { channel, relevance, map }] of concepts.entries()) {
          const plane = elementCount(expected.shape.slice(1));
          const own = expected.data.subarray(channel * plane, (channel + 1) * plane);
          assertRelative([relevance], [sum({ shape: [plane], data: own })], 1e-4);
          assertRelative(map.data, sampleOf(maps, index).data, name === 'reference' ? 1e-6 : 1e-4);
        }
      }
    });
  }

  for (const network of NETWORKS) {
    test(`${name}, ${network}: relevance from a unit, and from a channel, is PyTorch's`, async () => {
      using device = await open();
      using model = await loadModel(device, `${goldenFolder}${network}.onnx`);
      const layer = await thirdRelu(model);
      for (const sample of [0, 1]) {
        const maps = sampleOf(golden(`${network}.start`), sample);
        for (const [way, place] of [{ channel: 3, position: [5, 9] }, { channel: 6 }].entries()) {
          const start = { layer, ...place };
          const { relevance, target } = await model.explain(imageOf(network, sample), { start, saliency: false });
          assertRelative(relevance.data, sampleOf(maps, way).data, name === 'reference' ? 1e-6 : 1e-4);
          assert.equal(target.place, start);
        }
      }
    });
  }

  test(`${name}: a start inside the network, and a stop`, async () => {
    using device = await open();
    using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`);
    const layer = await thirdRelu(model);
    const input = imageOf('mini-vgg-bn', 0);
    const whole = await model.explain(input, { saliency: false, record: [layer] });
    const { activation, relevance } = whole.recorded.get(layer)!;
    const stopped = await model.explain(input, { stop: layer });
    assertRelative(stopped.relevance.data, relevance!.data, 1e-6);
    assert.is(stopped.salient, undefined);
    assert.ok(stopped.layers.length < whole.layers.length);
    assert.equal(
      stopped.layers.map((line) => line.layer),
      whole.layers.slice(0, stopped.layers.length).map((line) => line.layer),
    );
    // The gradient of one unit times the input's is that of the unit's score: checked by moving the input.
    const [, height, width] = activation.shape as [number, number, number];
    const start = { layer, channel: 3, position: [5, 7] };
    const unit = activation.data[3 * height * width + 5 * width + 7]!;
    const from = await model.explain(input, { start, saliency: false });
    assertRelative([from.target.start], [unit], 1e-5);
    assert.equal(from.target.place, start);
    assert.ok(sum(from.relevance) !== 0 || unit === 0);
    // A pixel outside the unit's receptive field (conv, conv, pool, conv: 8 wide) has none of it.
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        if (Math.abs(y - 10.5) > 5 || Math.abs(x - 14.5) > 5) assert.is(from.relevance.data[y * 32 + x], 0);
      }
    }
    const one = await model.explain(input, { start, init: 'one', method: 'gradient', saliency: false });
    assert.is(one.target.start, 1);
    const strongest = Array.from(one.relevance.data).reduce(
      (best, value, i) => (Math.abs(value) > Math.abs(one.relevance.data[best]!) ? i : best),
      0,
    );
    const moved = Float32Array.from(input.data);
    moved[strongest]! += 1e-2;
    const [other] = await model.predict([{ shape: input.shape, data: moved }], { record: [layer] });
    const difference = other!.recorded.get(layer)!.data[3 * height * width + 5 * width + 7]! - unit;
    assertRelative([difference / 1e-2], [one.relevance.data[strongest]!], 1e-2);
  });
}

test('the maps of all channels add up to the whole map, for every composite', async () => {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-residual.onnx`, {
    preprocessing: { mean: [0, 0, 0], std: [1, 1, 1] },
  });
  const layer = await thirdRelu(model);
  const input = imageOf('mini-residual', 1);
  for (const composite of COMPOSITE_NAMES) {
    const whole = await model.explain(input, { composite, saliency: false });
    // The input reaches later layers only through this one.
    const { concepts } = await explainConcepts(model, input, { composite, layer, top: 100 });
    assert.is(concepts.length, 8);
    const added = Float64Array.from(whole.relevance.data, (_, i) =>
      concepts.reduce((total, { map }) => total + map.data[i]!, 0),
    );
    assertRelative(added, whole.relevance.data, 1e-5);
    const shares = concepts.map(({ share }) => share);
    assert.equal(
      shares,
      [...shares].sort((a, b) => b - a),
    );
    assertRelative([shares.reduce((total, share) => total + Math.abs(share), 0)], [1], 1e-9);
  }
});

test('what is no start, stop or channel is refused in one line', async () => {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`);
  const layer = await thirdRelu(model);
  const input = imageOf('mini-vgg-bn', 0);
  const refused = (options: object, message: RegExp) =>
    assertRefused(model.explain(input, options), 'bad-argument', message);
  await refused({ start: { layer: 'nowhere' } }, /no layer or value "nowhere"/);
  await refused({ start: { layer, channel: 16 } }, /has no channel 16; its channels are 0 to 15/);
  await refused({ start: { layer, position: [16, 0] } }, /has no position 16,0; its positions are \[16×16\]/);
  await refused({ start: { layer }, target: 3 }, /a start inside the network has no target/);
  await refused({ start: { layer }, init: 'contrastive' }, /takes logit \(its activation\) or one/);
  await refused({ stop: layer, overlay: 'relevance' }, /no SR map and no overlay/);
  await refused({ stop: layer, method: 'smoothgrad' }, /smoothgrad is made of several runs: it takes no stop/);
  await refused({ start: { layer }, stop: 'logits' }, /does not depend on layer "logits"/);
  await assertRefused(explainConcepts(model, input, { layer, channels: [99] }), 'bad-argument', /has no channel 99/);
});

test.run();
