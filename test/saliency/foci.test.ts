import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attenuate, focusColumns, focusDistance } from '../../src/kernels/foci/operation.ts';
import { normalize } from '../../src/kernels/normalize/operation.ts';
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
  const weights = computeOne(attenuate(), ones, distance).data;
  assert.is(Math.min(...weights), 0);
  for (const [i, value] of saliency.data.entries()) assert.is(weights[i] === 1, value > 0.8);
});

test.run();
