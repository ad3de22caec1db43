import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { flatJpeg, flatPng, scanBomb } from '../support/hostile-pictures.ts';
import { goldenFolder } from '../support/paths.ts';
import { refused } from './refused.ts';

const golden = (name: string) => new Uint8Array(readFileSync(`${goldenFolder}jpeg/${name}`));

for (const kind of ['grey', 'grey-progressive']) {
  test(`a ${kind} JPEG is reduced by transforms of fewer points, as numpy makes them`, async () => {
    for (const by of [2, 4, 8] as const) {
      // Of whole blocks alone: those at the border hold pixels that no picture shows.
      const expected = await decodeImage(golden(`${kind}.by${by}.png`));
      const pixels = Math.ceil(37 / by) * Math.ceil(29 / by);
      const { width, height, data, reduced } = await decodeImage(golden(`${kind}.jpg`), { pixels });
      assert.equal([width, height, reduced], [Math.ceil(37 / by), Math.ceil(29 / by), by]);
      for (let y = 0; y < expected.height; y++) {
        for (let x = 0; x < expected.width; x++) {
          const [found, wanted] = [data[3 * (y * width + x)]!, expected.data[3 * (y * expected.width + x)]!];
          assert.ok(Math.abs(found - wanted) <= 1, `${found}, expected ${wanted} at ${x}, ${y} of 1/${by}`);
        }
      }
    }
  });
}

/** Mean difference, in levels, of an eighth of a JPEG and the means of its whole blocks, in what `of` makes of a pixel. */
async function offMeans(kind: string, of: (data: Uint8Array, at: number) => number): Promise<number> {
  const whole = await decodeImage(golden(`${kind}.jpg`));
  const { width, data } = await decodeImage(golden(`${kind}.jpg`), { pixels: 20 });
  let sum = 0;
  for (let block = 0; block < 12; block++) {
    const [x, y] = [block % 4, Math.floor(block / 4)];
    let mean = 0;
    for (let i = 0; i < 64; i++) {
      mean += of(whole.data, 3 * ((8 * y + (i >> 3)) * whole.width + 8 * x + (i & 7))) / 64;
    }
    sum += Math.abs(mean - of(data, 3 * (y * width + x))) / 12;
  }
  return sum;
}

test('colours are reduced as greys are: an eighth is the mean of each block', async () => {
  // What is cut off at 0 and 255 makes the means differ a little.
  for (const kind of ['full-chroma', 'progressive-full-chroma', 'cmyk']) {
    for (const channel of [0, 1, 2]) {
      const off = await offMeans(kind, (data, at) => data[at + channel]!);
      assert.ok(off < 1.5, `${kind}: ${off} levels`);
    }
  }
  // Chroma of half the size is another mixture, of luma there is one.
  for (const kind of ['half-chroma', 'progressive']) {
    const off = await offMeans(kind, (data, at) => 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
    assert.ok(off < 1, `${kind}: ${off} levels of luma`);
  }
});

/** Deterministic noise. */
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 31 + (i >> 5) * 97) % 256);

test('a PNG is reduced to the means of its squares, cut ones at the border too', async () => {
  const image = { width: 37, height: 22, data: noise(37 * 22 * 3) };
  for (const by of [2, 4, 8] as const) {
    const [width, height] = [Math.ceil(37 / by), Math.ceil(22 / by)];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      const own: number[] = [];
      for (let row = by * y; row < Math.min(by * (y + 1), 22); row++) {
        for (let column = by * x; column < Math.min(by * (x + 1), 37); column++) {
          own.push(image.data[3 * (37 * row + column) + (i % 3)]!);
        }
      }
      return Math.round(own.reduce((a, b) => a + b) / own.length);
    });
    const found = await decodeImage(await encodePng(image), { pixels: width * height });
    assert.equal(found, { width, height, data, reduced: by });
  }
});

test('what is larger than 16 million pixels is reduced, and says so; what is not, is not', async () => {
  for (const [file, width, height, reduced] of [
    [flatJpeg(5000, 4000), 2500, 2000, 2],
    [flatPng(5000, 4000, 1, 0), 2500, 2000, 2],
    [flatPng(5000, 4000, 1, 0, true), 2500, 2000, 2],
    [flatJpeg(4096, 4096), 4096, 4096, undefined],
    [flatJpeg(4097, 4096), 2049, 2048, 2],
  ] as const) {
    const image = await decodeImage(file);
    assert.equal([image.width, image.height, image.reduced], [width, height, reduced]);
    assert.is(image.data.length, 3 * width * height);
    assert.ok(image.data.every((value) => value === image.data[0]));
  }
  const whole = await decodeImage(flatJpeg(5000, 4000), { pixels: Number.POSITIVE_INFINITY });
  assert.equal([whole.width, whole.height, whole.reduced], [5000, 4000, undefined]);
});

test('scans that go through all blocks for a few bytes are refused, and a side that is no photograph', async () => {
  await refused(scanBomb(10_000, 10_000, 22), /its \d+ bytes go through \d+ blocks of pixels/);
  await refused(flatPng(2 ** 18 + 1, 1, 1, 0), /262145×1, but a side may have at most 262144/);
});

test('decoding lets others have their turn, and hears an abort at once', async () => {
  for (const file of [flatJpeg(12_000, 8000, 3), flatPng(12_000, 8000, 8, 0)]) {
    let turns = 0;
    const timer = setInterval(() => turns++);
    const began = performance.now();
    await decodeImage(file);
    const whole = performance.now() - began;
    clearInterval(timer);
    assert.ok(turns >= 5, `${turns} turns`);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 20);
    const again = performance.now();
    const error = await decodeImage(file, { signal: controller.signal }).then(
      () => assert.unreachable('it went on'),
      (reason: unknown) => reason,
    );
    const aborted = performance.now() - again;
    assert.ok(error instanceof SalientError && error.code === 'aborted', String(error));
    assert.is((error.cause as Error).message, 'enough');
    assert.ok(aborted < whole / 2, `it ended after ${aborted} ms of ${whole}`);
  }
});

test('a hundred million pixels take less than 300 MB, progressive and of three colours too', () => {
  const support = fileURLToPath(new URL('../support/hostile-pictures.js', import.meta.url));
  const codec = fileURLToPath(new URL('../../src/image/codec/decode.js', import.meta.url));
  for (const make of ['scanBomb(10000, 10000, 1)', 'flatJpeg(10000, 10000, 3)', 'flatPng(10000, 10000, 1, 0, true)']) {
    const script = `
      import { flatJpeg, flatPng, scanBomb } from '${support}';
      import { decodeImage } from '${codec}';
      const file = ${make};
      const before = process.resourceUsage().maxRSS;
      const { width, height } = await decodeImage(file);
      console.log(JSON.stringify([width, height, (process.resourceUsage().maxRSS - before) / 1000]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const [width, height, megabytes] = JSON.parse(stdout || `"${stderr}"`);
    assert.equal([width, height], [2500, 2500]);
    assert.ok(megabytes < 300, `${make}: ${megabytes} MB`);
  }
});

test.run();
