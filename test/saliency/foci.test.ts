import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contextMean } from '../../src/saliency/context-mean.ts';
import { focusColumns, focusDistance } from '../../src/saliency/foci.ts';
import { normalize } from '../../src/saliency/normalize.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../support/assert.ts';
import { computeOne } from '../support/compute.ts';
import { noise } from '../support/noise.ts';

const distanceTo = (saliency: Tensor) =>
  computeOne(focusDistance(), computeOne(focusColumns({ threshold: 0.8 }), saliency));

test('distances to foci are exact', () => {
  const [height, width] = [13, 22];
  const saliency = noise([1, height, width], 3);
  const foci = [...saliency.data.keys()].filter((i) => saliency.data[i]! > 0.9);
  assert.ok(foci.length > 5 && foci.length < 200);
  const columns = computeOne(focusColumns({ threshold: 0.9 }), saliency);
  const expected = saliency.data.map((_, i) =>
    Math.min(...foci.map((f) => Math.hypot(Math.floor(i / width) - Math.floor(f / width), (i % width) - (f % width)))),
  );
  assertClose(computeOne(focusDistance(), columns).data, expected, 1e-12);
});

test('a pixel at the threshold is no focus', () => {
  const saliency = { shape: [1, 1, 4], data: Float64Array.from([0.8, 0.1, 0.81, 0.2]) };
  assert.equal([...distanceTo(saliency).data], [2, 1, 0, 1]);
});

test('each map has its own foci; without a focus, or with nothing else, no distance', () => {
  const data = Float64Array.from([1, 0, 0, 0, 0, 0, 0.9, 0.9, 0.9]);
  assert.equal([...distanceTo({ shape: [3, 1, 3], data }).data], [0, 1, 2, 0, 0, 0, 0, 0, 0]);
});

test('weights lie in [0,1] and are 1 on the foci', () => {
  const saliency = noise([1, 9, 9], 5);
  const distance = computeOne(normalize({ by: 'peak', tolerance: 0 }), distanceTo(saliency));
  const ones = { shape: [1, 9, 9], data: new Float64Array(81).fill(1) };
  const weights = computeOne(contextMean({ maps: 1, foci: true, prior: false }), ones, distance).data;
  assert.is(Math.min(...weights), 0);
  for (const [i, value] of saliency.data.entries()) assert.is(weights[i] === 1, value > 0.8);
});

test('the mean takes maps, distances and prior as they are said to come', () => {
  const row = (...numbers: number[]) => ({ shape: [1, 1, 2], data: Float64Array.from(numbers) });
  const maps = [row(1, 0.5), row(0.6, 0.2)];
  const distances = [row(0, 1), row(0.5, 0)];
  const prior = { shape: [1, 2], data: Float64Array.from([0.5, 0.25]) };
  const mean = (foci: boolean, withPrior: boolean, ...inputs: Tensor[]) =>
    computeOne(contextMean({ maps: 2, foci, prior: withPrior }), ...inputs).data;
  assertClose(mean(false, false, ...maps), [0.8, 0.35], 1e-15);
  assertClose(mean(true, false, ...maps, ...distances), [0.65, 0.1], 1e-15);
  assertClose(mean(true, true, ...maps, ...distances, prior), [0.325, 0.025], 1e-15);
});

test.run();
