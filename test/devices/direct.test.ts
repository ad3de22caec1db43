import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import { decodeImage } from '../../src/image/decode.ts';
import { loadModel, openDevice } from '../../src/index.ts';
import type { Device } from '../../src/tensor/device.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { repositoryRoot } from '../support/paths.ts';

const models = join(repositoryRoot, 'models');
const network = readFileSync(join(models, 'scenes-vgg.onnx'));
/** White on black: along its outline, many places see the same pattern, and pooling windows hold equal values. */
const drawing = await decodeImage(readFileSync(join(models, 'samples', 'fish-2000005.mask.png')));

async function relevance(device: Device, composite: string) {
  using model = await loadModel(device, network);
  return (await model.explain(drawing, { composite, saliency: false, direct: true })).relevance.data;
}

for (const composite of ['epsilon-plus', 'salient-relevance']) {
  test(`with direct sums the relevance of a drawing is the reference's, ${composite}`, async () => {
    using reference = await openDevice('reference');
    const expected = await relevance(reference, composite);
    for (const { name, open } of await comparedDevices()) {
      using device = await open();
      assertRelative(await relevance(device, composite), expected, 1e-5, name);
    }
  });
}

test.run();
