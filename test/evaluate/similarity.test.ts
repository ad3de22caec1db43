import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differenceWithInterval, meanWithInterval } from '../../src/evaluate/bootstrap.ts';
import { rankCorrelation, ssim, topOverlap } from '../../src/evaluate/similarity.ts';
import { randomNumbers } from '../support/random.ts';

const close = (actual: number, expected: number, bound = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= bound, `${actual}, expected ${expected}`);

test('rank correlation: by hand, with ties, of a constant map', () => {
  close(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 40]), 1);
  close(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]), -1);
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5·5).
  close(rankCorrelation([0, 5, 5, 9], [1, 2, 3, 4]), 4.5 / Math.sqrt(4.5 * 5));
  assert.is(rankCorrelation([3, 3, 3], [1, 2, 3]), 0);
});

test('SSIM: 1 for equal maps; one window by hand; in the mean over windows', () => {
  const a = randomNumbers(81, 1);
  close(ssim(a, a, 9, 9, 2), 1, 1e-9);
  const [x, y] = [Array.from(randomNumbers(49, 2)), Array.from(randomNumbers(49, 3))];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / 49;
  const cov = (p: number[], q: number[]) =>
    p.reduce((sum, value, i) => sum + (value - mean(p)) * (q[i]! - mean(q)), 0) / 48;
  const [c1, c2] = [0.02 ** 2, 0.06 ** 2];
  const luminance = (2 * mean(x) * mean(y) + c1) / (mean(x) ** 2 + mean(y) ** 2 + c1);
  close(ssim(x, y, 7, 7, 2), (luminance * (2 * cov(x, y) + c2)) / (cov(x, x) + cov(y, y) + c2), 1e-9);
  assert.throws(() => ssim(x, y, 5, 5, 1), /at least 7×7/);
});

test('overlap of the highest values, by hand', () => {
  assert.is(topOverlap([9, 8, 1, 0], [9, 0, 1, 8], 0.5), 0.5);
  assert.is(topOverlap([9, 8, 1, 0], [8, 9, 0, 1], 0.5), 1);
  assert.is(topOverlap([1, 1, 1, 1], [1, 1, 1, 1], 0.25), 1);
  assert.throws(() => topOverlap([1], [1, 2], 0.5), /equal size/);
});

test('bootstrap intervals hold the mean, come from their seed, and narrow as numbers grow', () => {
  const few = Array.from(randomNumbers(20, 4));
  const many = Array.from(randomNumbers(2000, 4));
  const [a, b] = [meanWithInterval(few, 7), meanWithInterval(many, 7)];
  assert.equal(a, meanWithInterval(few, 7));
  assert.not.equal(a, meanWithInterval(few, 8));
  for (const { low, mean, high } of [a, b]) assert.ok(low < mean && mean < high);
  assert.ok(b.high - b.low < (a.high - a.low) / 4);
  // The standard error of a mean, times 1.96 on either side.
  const deviation = Math.sqrt(many.reduce((sum, value) => sum + (value - b.mean) ** 2, 0) / many.length);
  close((b.high - b.low) / (2 * 1.96 * (deviation / Math.sqrt(many.length))), 1, 0.1);
  const shifted = differenceWithInterval(
    many.map((value) => value + 1),
    many,
    3,
  );
  assert.ok(shifted.low > 0.8 && shifted.high < 1.2);
  close(shifted.mean, 1, 1e-9);
});

test.run();
