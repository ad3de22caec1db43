import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { SalientError } from '../../src/error.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { PRESETS, preprocess, withChanges } from '../../src/image/preprocess.ts';
import { resizeRegion } from '../../src/image/resize.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { fixtures } from '../support/paths.ts';

const grey = (values: number[], width: number) => ({
  width,
  height: values.length / width,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const firstComponents = (data: Uint8Array) => [...data].filter((_, i) => i % 3 === 0);
const whole = (width: number, height: number) => ({ x: 0, y: 0, width, height });

test('a resize to the same size changes nothing', () => {
  const image = grey([0, 10, 200, 255, 7, 90], 3);
  assert.equal(resizeRegion(image, 3, 2, whole(3, 2)), image);
});

test('halving weighs four neighbours as 1, 3, 3, 1, less at the edges', () => {
  // Position 1 of [0, 80, 160, 240, ...] is centred between 160 and 240: (80 + 3·160 + 3·240 + 20)/8 with 20 next.
  const row = resizeRegion(grey([0, 80, 160, 240, 20, 60], 6), 3, 1, whole(3, 1));
  const edge = (3 * 0 + 3 * 80 + 160) / 7;
  const middle = (80 + 3 * 160 + 3 * 240 + 20) / 8;
  const otherEdge = (240 + 3 * 20 + 3 * 60) / 7;
  assert.equal(firstComponents(row.data), [edge, middle, otherEdge].map(Math.round));
});

test('doubling interpolates between pixel centres and holds the edge', () => {
  const row = resizeRegion(grey([0, 100], 2), 4, 1, whole(4, 1));
  assert.equal(firstComponents(row.data), [0, 25, 75, 100]);
});

test('a region of a resize is that part of the whole', () => {
  const image = grey(
    Array.from({ length: 70 }, (_, i) => (i * 53) % 256),
    10,
  );
  const all = resizeRegion(image, 17, 5, whole(17, 5));
  const part = resizeRegion(image, 17, 5, { x: 4, y: 1, width: 6, height: 3 });
  for (let y = 0; y < 3; y++) {
    const from = 3 * ((y + 1) * 17 + 4);
    assert.equal(part.data.subarray(18 * y, 18 * y + 18), all.data.subarray(from, from + 18));
  }
});

test('a crop of a very long picture takes only the crop', () => {
  const { shown } = preprocess(grey(new Array(100_000).fill(9), 100_000), PRESETS.imagenet);
  assert.is(shown.data.length, 3 * 224 * 224);
  assert.ok(shown.data.every((value) => value === 9));
});

test('the crop begins at half the difference, halves rounded to even', () => {
  const options = { ...PRESETS.none, crop: 1 };
  // (4 − 1)/2 = 1.5 becomes 2; (2 − 1)/2 = 0.5 becomes 0.
  assert.equal([...preprocess(grey([0, 1, 2, 3, 4, 5, 6, 7], 4), options).tensor.data], [2, 2, 2]);
});

test('mean, standard deviation, range and channel order are applied per channel', () => {
  const photo = { width: 1, height: 1, data: Uint8Array.of(10, 20, 255) };
  const plain = { ...PRESETS.none, mean: [1, 2, 3], std: [1, 2, 4] } as const;
  assert.equal([...preprocess(photo, plain).tensor.data], [9, 9, 63]);
  assert.equal([...preprocess(photo, { ...plain, order: 'bgr' }).tensor.data], [254, 9, 1.75]);
  assert.equal(
    [...preprocess(photo, { ...PRESETS.none, range: 1 }).tensor.data],
    [10 / 255, 20 / 255, 1].map(Math.fround),
  );
});

test('an exact size and luma are what Pillow makes', async () => {
  const photo = await decodeImage(readFileSync(join(modelsFolder, 'samples', 'cup-2000010.png')));
  const exact = { ...PRESETS.none, resize: [28, 40] } as const;
  const luma = preprocess(photo, { ...exact, order: 'grey' }).tensor;
  assert.equal(luma.shape, [1, 28, 40]);
  assert.equal([...luma.data.slice(14 * 40 + 10, 14 * 40 + 18)], [148, 149, 143, 145, 104, 59, 60, 97]);
  assert.is(
    luma.data.reduce((sum, value) => sum + value, 0),
    122977,
  );
  const { shape, data } = preprocess(photo, exact).tensor;
  assert.equal(shape, [3, 28, 40]);
  const at = (channel: number) => [...data.slice(channel * 1120 + 570, channel * 1120 + 573)];
  assert.equal(
    [at(0), at(1), at(2)],
    [
      [151, 151, 144],
      [149, 150, 145],
      [138, 137, 130],
    ],
  );
  assert.is(
    data.reduce((sum, value) => sum + value, 0),
    346268,
  );
  const cut = preprocess(photo, { ...exact, crop: [10, 20] }).tensor;
  assert.equal(cut.shape, [3, 10, 20]);
  assert.is(cut.data[0], data[9 * 40 + 10]);
});

test('senseless options are refused', () => {
  const photo = grey([1, 2, 3, 4], 2);
  const refused = (options: object, code: string) =>
    assert.throws(
      () => preprocess(photo, { ...PRESETS.none, ...options }),
      (error: unknown) => error instanceof SalientError && error.code === code,
    );
  refused({ resize: 0 }, 'bad-argument');
  refused({ resize: 1.5 }, 'bad-argument');
  refused({ resize: [0, 3] }, 'bad-argument');
  refused({ crop: [1, 2, 3] }, 'bad-argument');
  refused({ crop: [1, 3] }, 'bad-image');
  refused({ crop: 1e9 }, 'bad-argument');
  refused({ std: [1, 0, 1] }, 'bad-argument');
  refused({ mean: [1, Number.NaN, 1] }, 'bad-argument');
  refused({ order: 'grb' }, 'bad-argument');
  refused({ range: 2 }, 'bad-argument');
  refused({ mean: undefined }, 'bad-argument');
  refused({ crop: 3 }, 'bad-image');
});

test('parts of a preprocessing are replaced, what is undefined stays, and unknown parts are refused', () => {
  const changed = withChanges(PRESETS.caffe, { crop: null, order: undefined, range: 1 });
  assert.equal(changed, { ...PRESETS.caffe, crop: null, range: 1 });
  const refuses = (changes: object, words: RegExp) =>
    assert.throws(
      () => withChanges(PRESETS.caffe, changes),
      (error: unknown) => error instanceof SalientError && words.test(error.message),
    );
  refuses({ resise: 224 }, /no preprocessing "resise"; its parts are resize, crop/);
  refuses({ crop: 0 }, /crop is 0/);
});

test('a long, thin picture that would grow beyond memory is refused', () => {
  const photo = grey(new Array(10_000).fill(9), 10_000);
  assert.throws(() => preprocess(photo, { ...PRESETS.none, resize: 256 }), /2560000×256 pixels.*at most 100 million/);
});

test('photographs become the very grey levels that Pillow makes of them', async () => {
  if (fixtures === undefined) {
    console.log('fixtures not present');
    return;
  }
  for (const file of ['chelsea.png', 'coffee.png', 'camera.png', 'rocket.jpg']) {
    const photo = await decodeImage(readFileSync(`${fixtures}/images/${file}`));
    const { tensor } = preprocess(photo, PRESETS.caffe);
    const expected = readNpy(readFileSync(`${fixtures}/golden/squeezenet.${file.split('.')[0]}.input.npy`)).data;
    const difference = tensor.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
    assert.ok(difference < 1e-4, `${file} differs by ${difference} grey levels`);
  }
});

test.run();
