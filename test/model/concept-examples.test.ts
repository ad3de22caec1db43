import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conceptExamples, loadModel, type Tensor } from '../../src/index.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { assertRefused } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const DEVICES = [{ name: 'reference', open: async () => openReferenceDevice() }, ...(await comparedDevices())];
const COUNT = 7;
const inputs: readonly Tensor[] = Array.from({ length: COUNT }, (_, n) => ({
  shape: [3, 32, 32],
  data: randomNumbers(3072, 60 + n),
}));

async function* keyed() {
  for (const [key, input] of inputs.entries()) yield { key, input };
}

/** Each channel's share of a layer's Σ|Σ plane| for each input, out of whole explanations. */
async function sharesOf(layer: string): Promise<number[][]> {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-residual.onnx`);
  const shares: number[][] = [];
  for (const input of inputs) {
    const { recorded } = await model.explain(input, { saliency: false, record: [layer] });
    const { shape, data } = recorded.get(layer)!.relevance!;
    const plane = data.length / shape[0]!;
    const sums = Array.from({ length: shape[0]! }, (_, c) =>
      Array.from(data.subarray(c * plane, (c + 1) * plane)).reduce((sum, value) => sum + value, 0),
    );
    const total = sums.reduce((sum, value) => sum + Math.abs(value), 0);
    shares.push(sums.map((value) => value / total));
  }
  return shares;
}

for (const { name, open } of DEVICES) {
  test(`${name}: examples of a channel are the inputs whose answers use it most`, async () => {
    using device = await open();
    using model = await loadModel(device, `${goldenFolder}mini-residual.onnx`);
    const layer = (await model.graph()).nodes.filter(({ op }) => op === 'Conv')[2]!.name;
    const shares = await sharesOf(layer);
    const channels = [0, 3, 6];
    // The target of the explanation has no part in it: every photograph is explained for its own answer.
    const found = await conceptExamples(model, keyed(), channels, 3, { layer, target: 4 });
    assert.equal([...found.keys()], channels);
    let others = 0;
    for (const channel of channels) {
      const expected = shares
        .map((own, key) => ({ key, share: own[channel]! }))
        .filter(({ share }) => share > 0)
        .sort((a, b) => b.share - a.share);
      others += expected.length - 3;
      const own = found.get(channel)!;
      assert.equal(
        own.map(({ key }) => key),
        expected.slice(0, 3).map(({ key }) => key),
      );
      const share = (examples: readonly { readonly share: number }[]) => examples.map((example) => example.share);
      assertRelative(share(own), share(expected.slice(0, 3)), 1e-3);
    }
    assert.ok(others > 0, 'some inputs are no examples');
  });
}

test('what is no channel or layer is refused in one line', async () => {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-residual.onnx`);
  const layer = (await model.graph()).nodes.find(({ op }) => op === 'Conv')!.name;
  const refused = (options: { layer: string }, channels: readonly number[], most: number, message: RegExp) =>
    assertRefused(conceptExamples(model, keyed(), channels, most, options), 'bad-argument', message);
  await refused({ layer }, [0, 8], 3, /has no channel 8; its channels are 0 to 7/);
  await refused({ layer }, [0], 0, /most is 0; expected a whole number of at least 1/);
  await refused({ layer: 'nowhere' }, [0], 3, /no layer or value "nowhere"/);
});

test.run();
