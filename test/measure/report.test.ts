import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BenchmarkResult, KernelResult } from '../../src/measure/benchmark.ts';
import { markdownReport } from '../../src/measure/report.ts';
import { KERNEL } from '../support/kernel-result.ts';

const peaks = { gflops: 100, gigabytes: 10 };
const environment = { processor: 'a processor', runtime: 'a runtime', commit: 'abc', date: '2026-01-01' };
const kernel: KernelResult = { ...KERNEL, bytes: 1e6 };

const result: BenchmarkResult = {
  device: 'a device',
  peaks,
  allPeaks: [peaks],
  kernels: [kernel],
  stages: [
    {
      model: 'alexnet',
      batch: 8,
      stage: 'LRP',
      variant: 'epsilon-plus',
      milliseconds: { median: 200, low: 150, high: 250, count: 20 },
      work: { flops: 1e10, bytes: 1e9 },
      bytesHeld: 3 * 2 ** 20,
      timesForward: { median: 2.5, low: 2, high: 3, count: 20 },
    },
    { model: 'vgg16', batch: 32, stage: 'LRP', failure: 'out of memory' },
  ],
};

test('a stage is reported with its rate, and its shares of peak and bandwidth', () => {
  const lines = markdownReport(environment, result).split('\n');
  const row = lines.find((line) => line.startsWith('| alexnet | 8'));
  assert.is(row, '| alexnet | 8 | LRP epsilon-plus | 200 | 150–250 | 40.0 | 50.0 | 50 % | 50 % | 3 | 2.50 × forward |');
  assert.ok(lines.some((line) => line.startsWith('| vgg16 | 32 | LRP | - |') && line.includes('out of memory')));
  assert.ok(lines.some((line) => line.includes('| conv1 <first> | conv | 2.0 | 50.0 | 50 % | 0.5 | 5 % |')));
});

test('what has no time or no operations has no figures, and no zeros stand for them', () => {
  const kernels = [
    { ...kernel, milliseconds: 0, layer: 'coarse' },
    { ...kernel, flops: 0, layer: 'idle', operation: 'slice' },
    { ...kernel, milliseconds: 1e-4, flops: 1, bytes: 10, layer: 'tiny' },
  ];
  const report = markdownReport(environment, { ...result, kernels });
  assert.match(report, /\| coarse \| conv \| < 0\.1 \| - \| - \| - \| - \|/);
  assert.match(report, /\| idle \| slice \| 2\.0 \| - \| - \| 0\.5 \| 5 % \|/);
  assert.match(report, /\| tiny \| conv \| < 0\.001 \| < 0\.1 \| < 1 % \| 0\.1 \| 1 % \|/);
  assert.not.match(report, /without GFLOP/);
});

test('a remark says where the sums of a convolution without operations are counted', () => {
  const joined = { ...kernel, phase: 'relevance', flops: 0 } as const;
  assert.match(markdownReport(environment, { ...result, kernels: [joined] }), /A `conv` without GFLOP\/s/);
});

test('peaks that changed are told, and so is an interruption', () => {
  assert.not.match(markdownReport(environment, result), /changed|interrupted/);
  const allPeaks = [peaks, { gflops: 80, gigabytes: 9.5 }];
  const report = markdownReport(environment, { ...result, allPeaks, interrupted: true });
  assert.match(report, /- the peaks changed .*\(80\.0 to 100\.0 GFLOP\/s\); shares are of the largest\n- interrupted/);
});

test('every row of a table has as many cells as its head', () => {
  const tables = markdownReport(environment, result)
    .split('\n\n')
    .filter((block) => block.startsWith('|'));
  assert.is(tables.length, 2);
  for (const table of tables) {
    const widths = new Set(
      table
        .trim()
        .split('\n')
        .map((line) => line.split('|').length),
    );
    assert.is(widths.size, 1);
  }
});

test.run();
