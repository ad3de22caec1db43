import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StageResult } from '../../src/measure/benchmark.ts';
import type { StageRates } from '../../src/measure/rates.ts';
import { salient } from '../support/cli.ts';
import { repositoryRoot } from '../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-bench-'));
const out = join(folder, 'out');
const SHORT = ['--device', 'wasm', '--models', 'alexnet,alexnet', '--rounds', '1', '--seconds', '0'];

type Stage = StageResult & StageRates;

test('a benchmark prints and writes its results, those of stages that cannot run among them', async () => {
  const words = [...SHORT, '--batch', '1,100000', '--kernels', '--out', out, '--json'];
  const { code, stdout, stderr } = await salient('bench', ...words);
  assert.is(code, 0, stderr);
  const { device, peaks, allPeaks, stages, kernels } = JSON.parse(stdout);
  assert.match(device, /^wasm/);
  assert.is(allPeaks.length, 2);
  assert.is(peaks.gflops, Math.max(allPeaks[0].gflops, allPeaks[1].gflops));

  const named = ({ batch, stage, variant }: Stage) => `${batch} ${stage} ${variant ?? ''}`.trimEnd();
  assert.equal(stages.map(named), [
    '1 load',
    '1 prepare forward',
    '1 prepare LRP epsilon-plus',
    '1 forward',
    '1 LRP epsilon-plus',
    '1 SR sum',
    '1 SR paper',
    '1 end to end epsilon-plus',
    '100000 forward',
    '100000 SR sum',
    '100000 SR paper',
    '100000 end to end epsilon-plus',
  ]);
  for (const { batch, failure } of stages) {
    if (batch === 1) assert.is(failure, undefined);
    else assert.match(failure, /100000 images has 56 GiB.*use a smaller batch/);
  }
  const relevance = stages.find(({ stage }: Stage) => stage === 'LRP');
  const { median } = relevance.milliseconds;
  assert.ok(Math.abs(relevance.imagesPerSecond * median - 1000) < 1e-6);
  assert.ok(Math.abs(relevance.gflops * median * 1e6 - relevance.work.flops) < 1);
  assert.is(relevance.ofPeak, relevance.gflops / peaks.gflops);
  assert.ok(relevance.ofBandwidth > 0);
  const programs = new Set(kernels.map(({ program }: { program: string }) => program));
  assert.equal([...programs], ['epsilon-plus', 'SR sum', 'SR paper']);

  const plots = ['SR-paper', 'SR-sum', 'epsilon-plus'].flatMap((program) =>
    ['png', 'svg'].map((format) => `roofline.alexnet.1.${program}.${format}`),
  );
  assert.equal(readdirSync(out).sort(), ['bench.json', 'bench.md', ...plots]);
  assert.equal(JSON.parse(readFileSync(join(out, 'bench.json'), 'utf8')).stages, stages);
  const report = readFileSync(join(out, 'bench.md'), 'utf8');
  assert.match(report, /^# Throughput\n\n- device: wasm/);
  assert.match(report, /\n\| alexnet \| 1 \| LRP epsilon-plus \| \d/);
  assert.match(report, /\n\| alexnet \| 100000 \| forward \| - .*use a smaller batch \|\n/);
  assert.match(report, /\n\| alexnet ×1, SR sum \| saliency \|/);
});

test('Ctrl-C leaves what was measured', async () => {
  const words = [`${repositoryRoot}dist/src/cli/main.js`, 'bench', ...SHORT];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
    // Once: the second ends the process at once.
    if (!child.killed && /SR sum/.test(stderr)) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.is(code, 130, stderr);
  assert.match(stdout, /- interrupted/);
  assert.match(stdout, /\| alexnet \| 1 \| LRP epsilon-plus \| \d/);
  assert.not.match(stdout, /end to end/);
});

writeFileSync(join(folder, 'file'), '');
const REFUSED: readonly [string[], RegExp][] = [
  [['--seconds=-1'], /--seconds is -1; expected a number of at least 0/],
  [['--out', '/proc/none'], /\/proc\/none/],
  [['--out', join(folder, 'file')], /file, not a folder/],
];

for (const [words, expected] of REFUSED) {
  test(`${words[0]} is refused before anything is measured`, async () => {
    const { code, stderr } = await salient('bench', ...SHORT, ...words);
    assert.is(code, 1);
    assert.match(stderr, expected);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  });
}

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
