import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { loadModel, openDevice } from '../../src/index.ts';
import { type ConvAlgorithm, conv } from '../../src/kernels/conv/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import type { Device } from '../../src/tensor/device.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { runOperation } from '../support/run-operation.ts';

const devices = await comparedDevices();
const models = join(repositoryRoot, 'models');
/** White on black: along its outline, many places see the same pattern, and pooling windows hold equal values. */
const drawing = await decodeImage(readFileSync(join(models, 'samples', 'fish-2000005.mask.png')));

test('a small network explains a drawing on every device as on the reference', async () => {
  const network = readFileSync(join(models, 'scenes-vgg.onnx'));
  const relevance = async (device: Device) => {
    using model = await loadModel(device, network);
    return (await model.explain(drawing, { saliency: false })).relevance.data;
  };
  using reference = await openDevice('reference');
  const expected = await relevance(reference);
  for (const { name, open } of devices) {
    using device = await open();
    assertRelative(await relevance(device), expected, 1e-5, name);
  }
});

/** Side of the image, of the pattern in it, and channels: large enough for Winograd's algorithm. */
const [SIDE, PATTERN, CHANNELS] = [48, 8, 64];

/** What a convolution of an image that holds one pattern in two places gives there: rows of both. */
async function twoPlaces(device: Device, algorithm: ConvAlgorithm): Promise<[number[], number[]]> {
  const pattern = randomNumbers(CHANNELS * PATTERN * PATTERN, 1);
  const places = [
    [4, 4],
    [17, 31],
  ] as const;
  const at = (channel: number, y: number, x: number) => (channel * SIDE + y) * SIDE + x;
  const image = new Float32Array(CHANNELS * SIDE * SIDE);
  for (const [i, value] of pattern.entries()) {
    const [y, x] = [Math.floor(i / PATTERN) % PATTERN, i % PATTERN];
    for (const [top, left] of places) image[at(Math.floor(i / PATTERN ** 2), top + y, left + x)] = value;
  }
  const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;
  const operation = conv({ window, groups: 1, maps: PLAIN, bias: false, epilogue: 'none', algorithm });
  const weights = randomNumbers(CHANNELS * CHANNELS * 9, 2);
  const [output] = await runOperation(device, operation, [
    { shape: [1, CHANNELS, SIDE, SIDE], data: image },
    { shape: [CHANNELS, CHANNELS, 3, 3], data: weights, constant: true },
  ]);
  const [first, second] = places.map(([top, left]) =>
    Array.from(pattern, (_, i) => {
      const [y, x] = [Math.floor(i / PATTERN) % PATTERN, i % PATTERN];
      return output!.data[at(Math.floor(i / PATTERN ** 2), top + y, left + x)]!;
    }),
  );
  return [first!, second!];
}

for (const { name, open } of devices) {
  test(`on ${name} direct sums have the same bits wherever a pattern lies, Winograd's have not`, async () => {
    using device = await open();
    const [first, second] = await twoPlaces(device, 'direct');
    assert.equal(first, second);
    const [here, there] = await twoPlaces(device, 'winograd');
    assert.not.equal(here, there);
    assertRelative(here, first, 1e-5, "Winograd's algorithm");
  });
}

test.run();
