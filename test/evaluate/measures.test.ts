import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { centreMap, edgeMap, randomMap } from '../../src/evaluate/baselines.ts';
import { complexity, cosine, sparseness } from '../../src/evaluate/complexity.ts';
import { massInside, rankAccuracy, weightedMassInside } from '../../src/evaluate/localisation.ts';
import { areaOverCurve, patchOrder, perturbed, replacementFor } from '../../src/evaluate/perturbation.ts';
import { rankCorrelation, ssim, topOverlap } from '../../src/evaluate/similarity.ts';
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

test('baselines: a centre in the middle, edges where the picture changes, noise from its seed', () => {
  const centre = centreMap(9, 9);
  assert.is(centre.data.indexOf(Math.max(...centre.data)), 40);
  const data = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => (Math.floor(i / 3) % 6 < 3 ? 0 : 200));
  const edges = edgeMap({ width: 6, height: 6, data });
  assert.equal([...edges.data.subarray(6, 12)].map(Math.round), [0, 0, 800, 800, 0, 0]);
  assert.equal(randomMap(4, 4, 9).data, randomMap(4, 4, 9).data);
});

test.run();
