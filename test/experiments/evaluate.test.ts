import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { salient } from '../support/cli.ts';
import { repositoryRoot } from '../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-evaluate-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const data = join(folder, 'data');
for (const name of ['snail-2000006', 'cup-2000010', 'fish-2000005']) {
  for (const ending of ['png', 'mask.png']) {
    cpSync(`${repositoryRoot}models/samples/${name}.${ending}`, join(data, `${name}.${ending}`));
  }
}
writeFileSync(join(data, 'broken.png'), 'no picture');
const words = [
  '--composites',
  'epsilon-plus',
  '--methods',
  'none',
  '--size',
  '64',
  '--steps',
  '8',
  '--noisy',
  '2',
  '--out',
  join(folder, 'out'),
];

test('explanations beat maps that know nothing; a run that is called again changes nothing', async () => {
  const first = await salient('evaluate', data, ...words, '--json');
  assert.is(first.code, 0, first.stderr);
  const table = JSON.parse(first.stdout);
  assert.equal(Object.keys(table), [
    'epsilon-plus: relevance',
    'epsilon-plus: SR',
    'epsilon-plus: blurred',
    'random',
    'centre',
    'edges',
  ]);
  const [relevance, random] = [table['epsilon-plus: relevance'], table.random];
  assert.is(relevance.morf.count, 3);
  assert.ok(relevance.morf.mean > random.morf.mean, 'the most relevant patches matter more than random ones');
  assert.ok(relevance.lerf.mean < random.lerf.mean);
  assert.ok(relevance.inside.mean > 2 * random.inside.mean);
  assert.ok(Math.abs(random.weighted.mean - 1) < 0.05, 'noise has inside what the object covers');
  assert.is(random.classBlind, undefined);
  assert.ok(relevance.sensitivity.mean > 0.001 && relevance.sensitivity.mean < 1, `${relevance.sensitivity.mean}`);
  assert.is(random.sensitivity, undefined);
  const text = readFileSync(join(folder, 'out/scores.jsonl'), 'utf8');
  assert.is(text.trim().split('\n').length, 5);
  assert.match(text, /"image":"broken.png","error":"bad-image"/);
  const again = await salient('evaluate', data, ...words, '--json');
  assert.is(again.stdout, first.stdout);
  assert.is(readFileSync(join(folder, 'out/scores.jsonl'), 'utf8'), text);
  const plain = await salient('evaluate', data, ...words);
  assert.match(plain.stdout, /\| epsilon-plus: SR \| [−\d.]+ ±[\d.]+ \|/);
});

test('what is wrong is one line', async () => {
  for (const [wrong, says] of [
    [['evaluate', data, ...words, '--patch', '4'], /belongs to another run: its patch is 8, not 4/],
    [['evaluate', data], /--out is missing/],
    [['evaluate', data, '--out', folder, '--methods', 'magic'], /--methods names "magic"; choose among gradient/],
    [
      ['evaluate', data, '--out', folder, '--replace', 'black'],
      /--replace is "black"; choose one of mean, blur, noise/,
    ],
  ] as const) {
    const { code, stderr } = await salient(...wrong);
    assert.is(code, 1);
    assert.match(stderr, says);
    assert.match(stderr, /^salient: [^\n]+\n$/);
  }
});

test.run();
