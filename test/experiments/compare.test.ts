import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/index.ts';
import { salient } from '../support/cli.ts';
import { flatJpeg } from '../support/hostile-pictures.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { writeScenes } from './scenes.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-compare-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const data = join(folder, 'data');
await writeScenes(data, 14, 2);
const SETTINGS = ['--model', 'scenes-alexnet', '--model', 'scenes-vgg', '--size', '48', '--scales', '1'];
const words = (out: string, ...more: string[]) => ['compare', data, ...SETTINGS, '--out', join(folder, out), ...more];
const linesOf = (out: string, name = 'results.jsonl') =>
  readFileSync(join(folder, out, name), 'utf8')
    .trim()
    .split('\n');
const sorted = (out: string, name?: string) => [linesOf(out, name)[0]!, ...linesOf(out, name).slice(1).sort()];

test('every photograph has one line, a broken one its reason; a summary, a report and montages come of it', async () => {
  const { code, stderr, stdout } = await salient(...words('whole', '--keep', 'all'));
  assert.is(code, 0, stderr);
  const [header, ...lines] = linesOf('whole').map((line) => JSON.parse(line));
  assert.is(header.kind, 'salient compare');
  assert.is(header.images, 16);
  assert.match(header.b.sha256, /^[0-9a-f]{64}$/);
  assert.is(lines.length, 16);
  assert.is(new Set(lines.map(({ image }) => image)).size, 16);
  const broken = lines.filter(({ error }) => error !== undefined);
  assert.equal(broken.map(({ image, error }) => [image, error]).sort(), [
    ['butterfly/broken-0.png', 'bad-image'],
    ['car/broken-1.png', 'bad-image'],
  ]);
  const good = lines.filter(({ error }) => error === undefined);
  for (const { truth, image, a, b, agree, relevance, salient } of good) {
    assert.is(truth, image.split('/')[0]);
    assert.is(agree, a.top[0].label === b.top[0].label);
    assert.is(a.right, a.top[0].label === truth);
    for (const { ssim, rank, overlap } of [relevance, salient]) {
      assert.ok(ssim > -1 && ssim <= 1 && rank >= -1 && rank <= 1 && overlap >= 0 && overlap <= 1);
    }
    assert.ok(Math.abs(a.likePhoto) <= 1);
  }
  assert.ok(
    good.some(({ agree }) => !agree),
    'the half-covered scenes make the networks disagree',
  );
  const summary = JSON.parse(readFileSync(join(folder, 'whole', 'summary.json'), 'utf8'));
  assert.is(summary.agree, good.filter(({ agree }) => agree).length);
  const { counts, accuracy } = summary;
  assert.is(counts.bothRight + counts.aAlone + counts.bAlone + counts.bothWrong, 14);
  assert.ok(Math.abs(accuracy.a.top1 - (counts.bothRight + counts.aAlone) / 14) < 1e-12);
  assert.match(stdout, /SR, SSIM: 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] where they agree/);
  const report = readFileSync(join(folder, 'whole', 'report.html'), 'utf8');
  assert.is(report.match(/<tr><td><a href/g)!.length, 14);
  assert.match(report, /car\/broken-1\.png/);
  const picture = await decodeImage(readFileSync(join(folder, 'whole/pictures', `${good[0].image}.png`)));
  assert.ok(picture.height > 900, 'two rows');
});

test('killed at random moments and called again, it gives the same lines, none twice', async () => {
  const main = `${repositoryRoot}dist/src/cli/main.js`;
  const moments = randomNumbers(60, 11);
  let kills = 0;
  for (let code: number | null = null; code !== 0; ) {
    const child = spawn(process.execPath, [main, ...words('killed', '--keep', 'none')], { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const moment = 700 + 900 * Math.abs(moments[kills % 60]! % 1);
    const winner = await Promise.race([ended, pause(moment).then(() => 'kill' as const)]);
    if (winner === 'kill' && kills < 12) {
      child.kill('SIGKILL');
      kills++;
      await ended;
    } else code = await ended;
    if (existsSync(join(folder, 'killed/results.jsonl')) && kills === 3) {
      // As if a kill had come in the middle of a line.
      appendFileSync(join(folder, 'killed/results.jsonl'), '{"image":"half');
    }
  }
  assert.ok(kills >= 3, `${kills} kills`);
  assert.equal(sorted('killed'), sorted('whole'));
  assert.equal(readdirSync(join(folder, 'killed')).sort(), ['report.html', 'results.jsonl', 'summary.json']);
});

test('another command line for the same folder is refused, and so is a second process; nothing is changed', async () => {
  const before = readFileSync(join(folder, 'whole/results.jsonl'), 'utf8');
  const other = await salient(...words('whole', '--composite', 'epsilon-gamma-box'));
  assert.is(other.code, 1);
  assert.match(
    other.stderr,
    /^salient: [^\n]+results\.jsonl belongs to another run: its explain is [^\n]+; choose another --out[^\n]+\n$/,
  );
  assert.is(readFileSync(join(folder, 'whole/results.jsonl'), 'utf8'), before);
  writeFileSync(join(folder, 'whole/results.jsonl.lock'), `${process.pid} ${(await import('node:os')).hostname()}`);
  const second = await salient(...words('whole', '--keep', 'all'));
  assert.match(second.stderr, /^salient: another process writes [^\n]+results\.jsonl[^\n]+\n$/);
  rmSync(join(folder, 'whole/results.jsonl.lock'));
});

test('the line of a large photograph says by how much it was reduced', async () => {
  const large = join(folder, 'large');
  mkdirSync(large);
  writeFileSync(join(large, 'large.jpg'), flatJpeg(4097, 4096));
  writeFileSync(join(large, 'small.jpg'), flatJpeg(97, 96));
  const out = join(folder, 'of-large');
  const words = [large, '--no-saliency', '--keep', 'none', '--device', 'wasm'];
  const { code, stderr } = await salient(
    'compare',
    ...words,
    '--model',
    'scenes-alexnet',
    '--model',
    'scenes-vgg',
    '--out',
    out,
  );
  assert.is(code, 0, stderr);
  const lines = linesOf('of-large')
    .slice(1)
    .map((line) => JSON.parse(line));
  assert.equal(
    lines.map(({ image, reduced }) => [image, reduced]),
    [
      ['large.jpg', 2],
      ['small.jpg', undefined],
    ],
  );
  const settings = ['--model', 'scenes-alexnet', '--steps', '1', '--size', '48', '--device', 'wasm'];
  const evaluated = await salient('evaluate', large, ...settings, '--out', out);
  assert.is(evaluated.code, 0, evaluated.stderr);
  const [, scores] = linesOf('of-large', 'scores.jsonl').map((line) => JSON.parse(line));
  assert.equal([scores.image, scores.reduced], ['large.jpg', 2]);
});

test('shards of one run, merged, are the run', async () => {
  for (const shard of ['1/3', '2/3'])
    assert.is((await salient(...words('shards', '--keep', 'none', '--shard', shard))).code, 0);
  const early = await salient('merge', join(folder, 'shards'));
  assert.match(early.stderr, /^salient: shards 3 of 3 are missing in [^\n]+\n$/);
  assert.is((await salient(...words('shards', '--keep', 'none', '--shard', '3/3'))).code, 0);
  const { code, stderr } = await salient('merge', join(folder, 'shards'));
  assert.is(code, 0, stderr);
  assert.equal(sorted('shards').slice(1), sorted('whole').slice(1));
  assert.equal(
    JSON.parse(readFileSync(join(folder, 'shards/summary.json'), 'utf8')),
    JSON.parse(readFileSync(join(folder, 'whole/summary.json'), 'utf8')),
  );
});

test('true classes from a file; what is wrong is one line', async () => {
  const truth = join(folder, 'truth.txt');
  writeFileSync(
    truth,
    linesOf('whole')
      .slice(1)
      .map((line) => `${JSON.parse(line).image} 8\n`)
      .join(''),
  );
  const named = await salient(...words('truth', '--truth', truth, '--keep', 'both-wrong', '--no-saliency'));
  assert.is(named.code, 0, named.stderr);
  assert.is(JSON.parse(linesOf('truth')[1]!).truth ?? 'snail', 'snail');
  assert.is(JSON.parse(linesOf('truth').at(-1)!).salient, undefined);
  for (const [wrong, says] of [
    [['compare', data], /two networks/],
    [words('x', '--shard', '4/3'), /--shard is "4\/3"; expected I\/N/],
    [words('x', '--keep', 'some'), /--keep is "some"; choose one of all/],
    [['compare', `${folder}/none`, ...SETTINGS, '--out', join(folder, 'x')], /cannot read the folder/],
    [['merge', data], /holds no shards/],
  ] as const) {
    const { code, stderr } = await salient(...wrong);
    assert.is(code, 1);
    assert.match(stderr, says);
    assert.match(stderr, /^salient: [^\n]+\n$/);
  }
});

test.run();
