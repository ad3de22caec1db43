import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { readNpy, writeNpy } from '../../src/tensor/npy.ts';
import { sampleOf } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { salient } from '../support/cli.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-spatial-'));
const file = (name: string) => join(folder, name);
const network = `${goldenFolder}mini-fcn.onnx`;
const golden = (what: string, sample: number) =>
  sampleOf(readNpy(readFileSync(`${goldenFolder}mini-fcn.${what}.npy`)), sample);
const common = ['--model', network, '--device', 'wasm', '--out', folder, '--save', 'relevance.npy,json'];

/** A grey picture of 32×32, by its pixels' values. */
const picture = (value: (y: number, x: number) => number) =>
  encodePng({
    width: 32,
    height: 32,
    data: Uint8Array.from({ length: 3072 }, (_, i) => value(Math.floor(i / 96), Math.floor(i / 3) % 32)),
  });
const isOnDisk = (y: number, x: number) => (y - 16) ** 2 + (x - 12) ** 2 < 64;

const { shape, data } = golden('input', 0);
writeFileSync(file('one.npy'), writeNpy({ shape, data: Float32Array.from(data) }));
writeFileSync(file('disk.png'), await picture((y, x) => (isOnDisk(y, x) ? 255 : 0)));
writeFileSync(file('left.png'), await picture((_, x) => (x < 16 ? 255 : 0)));
writeFileSync(file('black.png'), await picture(() => 0));
const noise = randomNumbers(1024, 3);
writeFileSync(file('photo.png'), await picture((y, x) => Math.round(127 + 127 * noise[32 * y + x]!)));

const PLACES = [
  {
    words: ['--target', '2@9,20'],
    says: /"class 2" at row 9, column 20: /,
    pixels: { count: 1, box: [9, 20, 10, 21] },
  },
  {
    words: ['--target', '4', '--region', '4,6,20,18'],
    says: /"class 4" over 192 pixels: /,
    pixels: { count: 192, box: [4, 6, 20, 18] },
  },
  {
    words: ['--target', '1', '--region', file('disk.png')],
    says: /"class 1" over 193 pixels: /,
    pixels: { count: 193, box: [9, 5, 24, 20] },
  },
] as const;

for (const [way, { words, says, pixels }] of PLACES.entries()) {
  test(`${words[1]} ${words[3] ? `in ${pixels.count} pixels` : ''}: PyTorch's map, its pixels in the manifest`, async () => {
    const { code, stdout, stderr } = await salient('explain', '--tensor', file('one.npy'), ...words, ...common);
    assert.is(code, 0, stderr);
    assert.match(stdout, says);
    const manifest = JSON.parse(readFileSync(file('one.json'), 'utf8'));
    assert.equal(manifest.images[0].target.pixels, pixels);
    assert.is(manifest.region, words[3]);
    const map = readNpy(readFileSync(file('one.relevance.npy')));
    assertRelative(map.data, sampleOf(golden('spatial', 0), way).data, 1e-4);
  });
}

test('several pixels from one forward pass', async () => {
  const words = ['--target', '2@9,20', '--target', 'class 1@30,2', ...common];
  const { code, stdout, stderr } = await salient('explain', '--tensor', file('one.npy'), ...words);
  assert.is(code, 0, stderr);
  assert.match(stdout, /"class 2" at row 9, column 20: /);
  assert.match(stdout, /"class 1" at row 30, column 2: /);
  const maps = readNpy(readFileSync(file('one.relevance.npy')));
  assert.equal(maps.shape, [2, 3, 32, 32]);
  assertRelative(sampleOf(maps, 0).data, sampleOf(golden('spatial', 0), 0).data, 1e-4);
});

test('a mask drawn over a photograph is the box of its white pixels; it is cut and resized like the photograph', async () => {
  const explain = async (...region: string[]) => {
    const words = ['--target', '3', '--resize', '32', '--crop', '32', '--region', ...region, ...common];
    const { code, stderr } = await salient('explain', file('photo.png'), ...words);
    assert.is(code, 0, stderr);
    return readNpy(readFileSync(file('photo.relevance.npy'))).data;
  };
  const box = await explain('0,0,32,16');
  assert.ok(box.some((value) => value !== 0));
  assertRelative(await explain(file('left.png')), box, 1e-6);
});

const MISTAKES: readonly [RegExp, ...string[]][] = [
  [/columns 6 to 33 \(ends not included\); expected some within 32×32/, '--target', '1', '--region', '4,6,20,33'],
  [/rows 32 to 33 and columns 0 to 1/, '--target', '1@32,0'],
  [/the mask holds no pixel: all of it is black/, '--target', '1', '--region', file('black.png')],
  [/cannot read .*nowhere\.png/, '--target', '1', '--region', 'nowhere.png'],
  [/--region needs a class/, '--top-targets', '2', '--region', '0,0,2,2'],
];

for (const [message, ...words] of MISTAKES) {
  test(`explain refuses in one line: ${message.source}`, async () => {
    const { code, stderr } = await salient('explain', '--tensor', file('one.npy'), ...words, ...common);
    assert.is(code, 1);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  });
}

test.after(() => rmSync(folder, { recursive: true }));

test.run();
