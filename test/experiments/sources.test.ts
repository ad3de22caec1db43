import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { readDataSet } from '../../src/experiments/images.ts';
import { readTar } from '../../src/experiments/tar.ts';
import { salient } from '../support/cli.ts';
import { assertRefused } from '../support/onnx.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-sources-'));
const scenes = join(folder, 'scenes');
cpSync(join(modelsFolder, 'samples'), scenes, { recursive: true });
const LABELS = [
  ...['butterfly', 'car', 'cup', 'fish', 'house'],
  ...['lighthouse', 'mushroom', 'sailboat', 'snail', 'tree'],
];

const tar = (file: string, from: string, ...words: string[]) => {
  const { status, stderr } = spawnSync('tar', ['-C', from, ...words, '-cf', file, '.'], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
};
const bytesOf = async (images: Awaited<ReturnType<typeof readDataSet>>['images']) =>
  Promise.all(
    images.map(async ({ image, read }) => [image.replace(/^.*\//, ''), Buffer.from(await read()).toString('hex')]),
  );

test('a folder, a list and archives hold the same photographs', async () => {
  const inFolder = await readDataSet(scenes, LABELS, undefined);
  assert.is(inFolder.images.length, 10);
  const list = join(folder, 'list.txt');
  writeFileSync(list, `${inFolder.images.map(({ image }) => `scenes/${image}`).join('\r\n')}\r\n`);
  const expected = await bytesOf(inFolder.images);
  assert.equal(await bytesOf((await readDataSet(list, LABELS, undefined)).images), expected);
  for (const format of ['ustar', 'gnu', 'pax']) {
    const shards = join(folder, format);
    mkdirSync(shards);
    // A path longer than a header's field.
    const deep = join(folder, `deep-${format}`);
    const long = 'a-long-name/'.repeat(12);
    mkdirSync(join(deep, long), { recursive: true });
    for (const name of readdirSync(scenes)) cpSync(join(scenes, name), join(deep, long, name));
    tar(join(shards, '000.tar'), scenes, `--format=${format}`);
    tar(join(shards, '001.tar'), deep, `--format=${format}`);
    const one = await readDataSet(join(shards, '000.tar'), LABELS, undefined);
    assert.equal(await bytesOf(one.images), expected, format);
    assert.equal(
      Buffer.from((await one.images[0]!.readMask())!),
      readFileSync(join(scenes, 'butterfly-2000030.mask.png')),
    );
    const both = await readDataSet(shards, LABELS, undefined);
    assert.is(both.images.length, 20);
    assert.ok(both.images[19]!.image.startsWith('001.tar/./a-long-name/'), both.images[19]!.image);
    assert.equal(await bytesOf(both.images.slice(10)), expected, format);
  }
});

test('a pattern chooses photographs, or the archives of a series', async () => {
  const names = async (pattern: string) =>
    (await readDataSet(join(folder, pattern), LABELS, undefined)).images.map(({ image }) => image);
  const deep = join(folder, 'patterns');
  for (const part of ['a/x', 'a/y/z', 'b']) mkdirSync(join(deep, part), { recursive: true });
  for (const file of ['a/one.png', 'a/x/two.PNG', 'a/y/z/three.jpg', 'b/four.jpeg', 'b/four.txt', 'b/four.mask.png']) {
    writeFileSync(join(deep, file), file);
  }
  assert.equal(await names('patterns/*/*.png'), ['a/one.png']);
  assert.equal(await names('patterns/**/*'), ['a/one.png', 'a/x/two.PNG', 'a/y/z/three.jpg', 'b/four.jpeg']);
  assert.equal(await names('patterns/a/**/t*'), ['x/two.PNG', 'y/z/three.jpg']);
  assert.equal(await names('patterns/{a,b}/*o*'), ['a/one.png', 'b/four.jpeg']);
  const shards = join(folder, 'shards');
  mkdirSync(shards);
  for (const number of ['007', '008', '009', '010', '011']) tar(join(shards, `train-${number}.tar`), scenes);
  const chosen = await readDataSet(join(shards, 'train-{008..010}.tar'), LABELS, undefined);
  assert.equal(
    [...new Set(chosen.images.map(({ image }) => image.split('/')[0]))],
    ['train-008.tar', 'train-009.tar', 'train-010.tar'],
  );
  assert.is(chosen.images.length, 30);
  // A file of that very name is no pattern.
  writeFileSync(join(folder, 'list{1}.txt'), 'scenes/tree.png');
  assert.equal(await names('list{1}.txt'), ['scenes/tree.png']);
  await assertRefused(names('patterns/*.gif'), 'bad-argument', /holds no photograph/);
  await assertRefused(names('nowhere/*.png'), 'io', /cannot read the folder/);
  await assertRefused(names('patterns/{0..999999999}.png'), 'bad-argument', /the series {0\.\.999999999} must rise/);
  await assertRefused(names('patterns/{0..9999}{0..9999}{0..9999}.png'), 'bad-argument', /more than 100000 names/);
});

test('classes that stand beside the photographs of an archive are the true ones', async () => {
  const web = join(folder, 'web');
  mkdirSync(web);
  for (const name of readdirSync(scenes).filter((each) => !each.includes('mask'))) {
    cpSync(join(scenes, name), join(web, name));
    writeFileSync(join(web, name.replace('.png', '.cls')), `${LABELS.indexOf(name.split('-')[0]!)}\n`);
  }
  tar(join(folder, 'web.tar'), web);
  const { images, truth } = await readDataSet(join(folder, 'web.tar'), LABELS, undefined);
  assert.is(truth, 'the archive, beside each photograph');
  for (const { image, truth: own } of images) assert.ok(image.includes(LABELS[own!]!), image);
});

test('a comparison of an archive is that of the folder', async () => {
  const networks = ['scenes-alexnet', 'scenes-vgg'].flatMap((name) => ['--model', join(modelsFolder, `${name}.onnx`)]);
  const lines = async (source: string, out: string) => {
    const words = ['compare', source, ...networks, '--device', 'wasm', '--out', join(folder, out)];
    const { code, stderr } = await salient(...words);
    assert.is(code, 0, stderr);
    const text = readFileSync(join(folder, out, 'results.jsonl'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as { image: string; truth?: number })
      .map(({ image, truth, ...line }) => ({ image: image.replace(/^.*\//, ''), ...line, truth: undefined }));
  };
  const fromFolder = await lines(scenes, 'out-folder');
  tar(join(folder, 'all.tar'), scenes);
  assert.equal(await lines(join(folder, 'all.tar'), 'out-tar'), fromFolder);
});

test('what is no source, or a damaged one, is refused in one line', async () => {
  const refused = (source: string, code: string, message: RegExp) =>
    assertRefused(readDataSet(join(folder, source), LABELS, undefined), code, message);
  const whole = readFileSync(join(folder, 'all.tar'));
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  write('cut.tar', whole.subarray(0, 20_000));
  await refused('cut.tar', 'bad-file', /is cut off at byte 20000, within/);
  write('short.tar', whole.subarray(0, 100));
  await refused('short.tar', 'bad-file', /is cut off at byte 100, within a header/);
  write('no.tar', new Uint8Array(2048).fill(65));
  await refused('no.tar', 'bad-file', /is no tar archive, or damaged at byte 0/);
  write('huge.tar', Buffer.from(whole).fill(0xff, 124, 136));
  await refused('huge.tar', 'bad-file', /no tar archive|cut off/);
  write('empty.tar', new Uint8Array(1024));
  await refused('empty.tar', 'bad-argument', /holds no photograph/);
  write('list.lst', 'a.png\nnotes.md\n');
  await refused('list.lst', 'bad-file', /expected a path of a PNG or JPEG file a line, found "notes.md"/);
  write('binary', Uint8Array.of(0, 1, 2));
  await refused('binary', 'bad-file', /is no folder, no tar archive and no list of paths/);
  await refused('nowhere', 'io', /cannot read/);
  // Cut anywhere, an archive is refused or whole, and never hangs.
  for (let length = 0; length < whole.length; length += 7919) {
    write('any.tar', whole.subarray(0, length));
    await assertRefused(readTar(join(folder, 'any.tar')), 'bad-file', /cut off|no tar archive/);
  }
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
