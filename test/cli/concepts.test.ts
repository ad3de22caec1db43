import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { sampleOf, type Tensor } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { salient } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-concepts-'));
const samples = join(modelsFolder, 'samples');
const photo = join(samples, 'sailboat-2000002.png');
const LAYER = '/features/features.15/Conv';

/** The shares of a map's |relevance| in a box's rows, and in its columns. */
function heldAlong(map: Tensor, [top, left, bottom, right]: readonly [number, number, number, number]): number[] {
  const { shape, data } = sumOverChannels(map);
  const width = shape[1]!;
  let [all, rows, columns] = [0, 0, 0];
  for (const [i, value] of data.entries()) {
    const [y, x] = [Math.floor(i / width), i % width];
    all += Math.abs(value);
    if (y >= top && y < bottom) rows += Math.abs(value);
    if (x >= left && x < right) columns += Math.abs(value);
  }
  return [rows / all, columns / all];
}

test('concepts ranks channels, draws their maps, and finds where else they are used', async () => {
  const words = ['--layer', LAYER, '--top', '3', '--images', samples, '--examples', '2', '--device', 'wasm'];
  const { code, stdout, stderr } = await salient('concepts', photo, ...words, '--out', folder, '--json');
  assert.is(code, 0, stderr);
  const figures = JSON.parse(stdout);
  assert.is(figures.target.class.label, 'sailboat');
  assert.is(figures.channels.length, 3);
  const relevances = figures.channels.map((channel: { relevance: number }) => channel.relevance);
  assert.equal(
    relevances,
    [...relevances].sort((a, b) => b - a),
  );
  const maps = readNpy(readFileSync(join(folder, 'sailboat-2000002.concepts.npy')));
  assert.equal(maps.shape, [3, 3, 128, 128]);
  let ownExamples = 0;
  for (const [index, { share, examples }] of figures.channels.entries()) {
    assert.is(examples.length, 2);
    assert.ok(examples[0].share >= examples[1].share);
    for (const { box, class: label } of examples) {
      const [top, left, bottom, right] = box;
      assert.ok(top >= 0 && left >= 0 && bottom <= 128 && right <= 128 && bottom - top >= 16, box.join());
      assert.is(bottom - top, right - left);
      assert.type(label, 'string');
    }
    const own = examples.find(({ image }: { image: string }) => image === 'sailboat-2000002.png');
    if (own === undefined) continue;
    ownExamples++;
    // The photograph itself lies in the folder: its share there is its share here, and its map too.
    assertRelative([own.share], [share], 1e-6);
    assert.is(own.class, 'sailboat');
    assert.ok(heldAlong(sampleOf(maps, index), own.box).every((held) => held >= 0.8));
  }
  assert.ok(ownExamples > 0, 'the photograph is an example of a channel that it was asked for');
  const sheet = await decodeImage(readFileSync(join(folder, 'sailboat-2000002.concepts.png')));
  assert.ok(sheet.width > 600 && sheet.height > 800);
  // What passes through all channels but these is missing: a start at one of them gives its map's size only.
  const kept = figures.channels.map(({ channel }: { channel: number }) => channel).join();
  const through = ['--channels', `${LAYER}:${kept}`, '--save', 'relevance.npy', '--device', 'wasm', '--out', folder];
  assert.is((await salient('explain', photo, ...through)).code, 0);
  const together = readNpy(readFileSync(join(folder, 'sailboat-2000002.relevance.npy')));
  const size = together.data.length;
  const added = Float64Array.from(
    together.data,
    (_, i) => maps.data[i]! + maps.data[size + i]! + maps.data[2 * size + i]!,
  );
  assertRelative(added, together.data, 1e-4);
});

test('a start inside the network is named in what is printed and in the manifest', async () => {
  const words = ['--start', `${LAYER}:7@8,8`, '--save', 'json', '--device', 'wasm', '--out', folder];
  const { code, stdout, stderr } = await salient('explain', photo, ...words);
  assert.is(code, 0, stderr);
  assert.match(stdout, /relevance of layer \/features\/features.15\/Conv:7@8,8: /);
  const manifest = JSON.parse(readFileSync(join(folder, 'sailboat-2000002.json'), 'utf8'));
  assert.equal(manifest.start, { layer: LAYER, channel: 7, position: [8, 8] });
});

test('every option of the SR map can be given', async () => {
  const words = ['--patch', '9', '--query-stride', '2', '--candidate-stride', '4', '--position-weight', '2'];
  const more = ['--focus-threshold', '.7', '--save', 'sr,json', '--device', 'wasm', '--out', folder];
  const { code, stderr } = await salient('explain', photo, ...words, ...more);
  assert.is(code, 0, stderr);
  const { saliency } = JSON.parse(readFileSync(join(folder, 'sailboat-2000002.json'), 'utf8'));
  const { patch, queryStride, candidateStride, positionWeight, focusThreshold } = saliency;
  assert.equal([patch, queryStride, candidateStride, positionWeight, focusThreshold], [9, 2, 4, 2, 0.7]);
  const both = await salient('explain', photo, '--dense', '--query-stride', '2');
  assert.match(both.stderr, /^salient: --dense is --query-stride 1; leave out one of them\n$/);
});

const MISTAKES: readonly [RegExp, ...string[]][] = [
  [/--layer is missing/, photo],
  [/expected one photograph, found 0/, '--layer', LAYER],
  [/no layer or value "conv9"/, photo, '--layer', 'conv9'],
  [/has no channel 96; its channels are 0 to 95/, photo, '--layer', LAYER, '--channels', '96'],
  [/--examples needs --images DIR/, photo, '--layer', LAYER, '--examples', '3'],
  [/cannot read the folder "nowhere"/, photo, '--layer', LAYER, '--images', 'nowhere'],
];

for (const [message, ...words] of MISTAKES) {
  test(`concepts refuses in one line: ${message.source}`, async () => {
    const { code, stderr } = await salient('concepts', ...words, '--device', 'wasm', '--out', folder);
    assert.is(code, 1);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  });
}

test.after(() => rmSync(folder, { recursive: true }));

test.run();
