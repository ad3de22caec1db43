import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel } from '../../src/model/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { goldenFolder } from '../support/paths.ts';

const MINIS = ['mini-vgg-bn', 'mini-strided', 'mini-fire', 'mini-residual'];
const COMPOSITES = ['epsilon-plus', 'epsilon-plus-flat', 'epsilon-gamma-box', 'epsilon-alpha2-beta1'];

const golden = async (name: string) => readNpy(await readFile(`${goldenFolder}${name}.npy`));

async function assertGolden(model: Model, mini: string, bound: (composite: string) => number): Promise<void> {
  const input = await golden(`${mini}.input`);
  const logits = await golden(`${mini}.logits`);
  for (const composite of COMPOSITES) {
    const expected = await golden(`${mini}.${composite}`);
    const results = await model.explainBatch([input], {
      composite,
      saliency: false,
      parameters: { low: [-2], high: [2] },
    });
    const count = results[0]!.relevance.data.length;
    for (const [n, { relevance, logits: own, layers }] of results.entries()) {
      const sample = (data: ArrayLike<number>, size: number) => Array.from(data).slice(n * size, (n + 1) * size);
      assertRelative(own.data, sample(logits.data, own.data.length), bound('epsilon-plus'), `${mini} logits`);
      const title = `${mini} ${composite}, sample ${n}`;
      assertRelative(relevance.data, sample(expected.data, count), bound(composite), title);
      for (const { layer, lost, out, notFinite } of layers) {
        const size = Math.max(1, Math.abs(out.sum), Math.abs(out.minimum), Math.abs(out.maximum));
        assert.is(notFinite, 0, `${title}: ${layer}`);
        const lossless = composite !== 'epsilon-gamma-box' && layer !== 'Pad';
        if (lossless) assert.ok(Math.abs(lost) <= bound(composite) * size, `${title}: ${layer} lost ${lost}`);
      }
    }
  }
}

for (const mini of MINIS) {
  test(`reference reproduces zennit's float64 relevance of ${mini} to 1e-6`, async () => {
    using device = openReferenceDevice();
    using model = await loadModel(device, `${goldenFolder}${mini}.onnx`);
    await assertGolden(model, mini, () => 1e-6);
  });
}

for (const { name, open } of await comparedDevices()) {
  test(`${name} reproduces zennit's float64 relevance of the minis to 1e-4 (gamma-box 1e-3)`, async () => {
    using device = await open();
    for (const mini of MINIS) {
      using model = await loadModel(device, `${goldenFolder}${mini}.onnx`);
      await assertGolden(model, mini, (composite) => (composite === 'epsilon-gamma-box' ? 1e-3 : 1e-4));
    }
  });
}

test.run();
