import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { centreMap, edgeMap, randomMap } from '../../src/evaluate/baselines.ts';
import { complexity, cosine, sparseness } from '../../src/evaluate/complexity.ts';
import { hogSimilarity, orientedGradients } from '../../src/evaluate/hog.ts';
import { massInside, rankAccuracy, weightedMassInside } from '../../src/evaluate/localisation.ts';
import { areaOverCurve, patchOrder, perturbed, replacementFor } from '../../src/evaluate/perturbation.ts';
import { rankCorrelation, ssim, topOverlap } from '../../src/evaluate/similarity.ts';
import { maxSensitivity, noisyCopies } from '../../src/evaluate/stability.ts';
import { goldenFolder } from '../support/paths.ts';

const close = (actual: number, expected: number, bound = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= bound, `${actual}, expected ${expected}`);

test('every measure is what numpy makes of the same maps', () => {
  const golden = JSON.parse(readFileSync(`${goldenFolder}measures.json`, 'utf8'));
  const [height, width] = [24, 20];
  const at = (of: (i: number) => number) => Float64Array.from({ length: height * width }, (_, i) => of(i));
  const a = at((i) => Math.sin(i * 0.7) + 0.4 * Math.cos(i * 0.13));
  const b = at((i) => Math.sin(i * 0.7 + 0.5) + 0.2 * Math.cos(i * 0.31));
  const mask = at((i) => Number((Math.floor(i / width) - 12) ** 2 + ((i % width) - 9) ** 2 < 36));
  close(rankCorrelation(a, b), golden.rank, 1e-9);
  close(ssim(a, b, height, width, 2.8), golden.ssim, 1e-9);
  close(topOverlap(a, b, 0.1), golden.overlap, 1e-9);
  const wave = (phase: number, other: number, rate: number) =>
    Float64Array.from({ length: 40 * 34 }, (_, i) => Math.sin(i * 0.7 + phase) + other * Math.cos(i * rate));
  close(hogSimilarity(wave(0, 0.4, 0.013), wave(0.5, 0.2, 0.031), 40, 34), golden.hog, 1e-9);
  close(sparseness(a), golden.gini, 1e-9);
  close(complexity(a), golden.entropy, 1e-9);
  close(cosine(a, b), golden.cosine, 1e-9);
  close(massInside(a, mask), golden.inside, 1e-9);
  close(weightedMassInside(a, mask), golden.weighted, 1e-9);
  close(rankAccuracy(a, mask), golden.rankAccuracy, 1e-9);
  assert.equal([...patchOrder({ shape: [height, width], data: a }, 5)], golden.order);
});

test('sparseness and complexity by hand', () => {
  assert.is(sparseness([0, 0, 0, 0]), 0);
  close(sparseness([2, -2, 2, 2]), 0);
  close(sparseness([0, 0, 0, -5]), 0.75);
  close(complexity([1, 1, -1, 1]), Math.log(4));
  close(complexity([0, 3, 0, 0]), 0);
});

test('oriented gradients by hand: one direction fills one bin of nine, the same in every block', () => {
  // Values grow to the right by 1 a pixel: every gradient points along 0°, but for the border's columns, which have none.
  const ramp = Float64Array.from({ length: 24 * 24 }, (_, i) => i % 24);
  const block = orientedGradients(ramp, 24, 24);
  assert.is(block.length, 81);
  assert.ok(block.every((value, i) => value > 0 === (i % 9 === 0)));
  // Cells in the middle have gradient 2 everywhere; all nine are cut at 0.2 and become equal: 1/√9.
  close(block[4 * 9]!, 1 / 3, 1e-9);
  assert.throws(() => orientedGradients(ramp, 36, 16), /at least 24×24/);
  close(hogSimilarity(ramp, ramp, 24, 24), 1);
  assert.is(hogSimilarity(ramp, new Float64Array(24 * 24), 24, 24), 0);
});

test('a perturbation curve by hand: patches go in order, in equal parts, and become the mean of their channel', () => {
  // Two channels of 2×4, patches of 2×2: the right one is more relevant.
  const input = { shape: [2, 2, 4], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1) };
  const order = patchOrder({ shape: [2, 4], data: Float32Array.of(0, 0, 1, 1, 0, 0, 1, 1) }, 2);
  assert.equal([...order], [1, 0]);
  const curve = [...perturbed(input, order, 2, 2, replacementFor(input, 'mean', 2, 1))].map(({ data }) => [...data]);
  assert.equal(curve, [
    [1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1],
    [1, 2, 4.5, 4.5, 5, 6, 4.5, 4.5, 8, 7, 4.5, 4.5, 4, 3, 4.5, 4.5],
    new Array(16).fill(4.5),
  ]);
  // AOPC: the mean of 0, 10 − 6 and 10 − 1.
  close(areaOverCurve([10, 6, 1]), 13 / 3);
  const noise = replacementFor(input, 'noise', 2, 3);
  assert.equal(noise.data, replacementFor(input, 'noise', 2, 3).data);
  assert.not.equal(noise.data, replacementFor(input, 'noise', 2, 4).data);
  // A blur of radius 1 at the first corner: (1 + 2 + 5 + 6) / 4.
  close(replacementFor(input, 'blur', 1, 1).data[0]!, 3.5);
});

test('sensitivity by hand: the farthest of the noisy maps, over the size of the map', () => {
  close(
    maxSensitivity(
      [3, 4],
      [
        [3, 4],
        [3, 9],
        [0, 4],
      ],
    ),
    1,
  );
  close(maxSensitivity([2, 0], [[0, 2]]), Math.SQRT2);
  assert.is(maxSensitivity([0, 0], [[0, 0]]), 0);
  assert.throws(() => maxSensitivity([1], []), /at least one/);
  const input = { shape: [1, 2, 2], data: Float32Array.of(0, 10, 5, 5) };
  const copies = noisyCopies(input, 3, 9);
  assert.is(copies.length, 3);
  assert.equal(copies, noisyCopies(input, 3, 9));
  const farthest = Math.max(
    ...copies.flatMap(({ data }) => [...data].map((value, i) => Math.abs(value - input.data[i]!))),
  );
  assert.ok(farthest > 0.1 && farthest <= 0.2, `${farthest}`);
});

test('baselines: a centre in the middle, edges where the picture changes, noise from its seed', () => {
  const centre = centreMap(9, 9);
  assert.is(centre.data.indexOf(Math.max(...centre.data)), 40);
  const data = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => (Math.floor(i / 3) % 6 < 3 ? 0 : 200));
  const edges = edgeMap({ width: 6, height: 6, data });
  assert.equal([...edges.data.subarray(6, 12)].map(Math.round), [0, 0, 800, 800, 0, 0]);
  assert.equal(randomMap(4, 4, 9).data, randomMap(4, 4, 9).data);
});

test.run();
