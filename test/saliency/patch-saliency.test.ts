import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type PatchSaliencyAttributes, patchSaliency } from '../../src/kernels/patch-saliency/operation.ts';
import { sumOfSmallest } from '../../src/kernels/patch-saliency/sum-of-smallest.ts';
import { type PatchGrid, patchCentres, patches } from '../../src/kernels/patches/operation.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../support/assert.ts';
import { computeOne } from '../support/compute.ts';
import { noise } from '../support/noise.ts';

const INSIDE: PatchGrid = { patch: 3, stride: 1, padding: 'none' };

/** Saliency of every patch inside an image against all of them. */
function selfSaliency(image: Tensor, grid: PatchGrid, attributes: PatchSaliencyAttributes): Tensor {
  const rows = computeOne(patches(grid), image);
  const centres = centresOf(grid, image);
  return computeOne(patchSaliency(attributes), rows, centres, rows, centres);
}

function centresOf(grid: PatchGrid, image: Tensor): Tensor {
  const data = patchCentres(grid, [image.shape]);
  return { shape: [data.length / 2, 2], data };
}

test('a square on an empty plane has the saliency computed by hand', () => {
  const image = { shape: [1, 1, 15, 15], data: new Float64Array(225) };
  for (let y = 6; y < 9; y++) image.data.fill(1, y * 15 + 6, y * 15 + 9);
  const saliency = selfSaliency(image, INSIDE, { nearest: 4, positionWeight: 3 });
  const at = (y: number, x: number) => saliency.data[(y - 1) * 13 + x - 1]!;
  assertClose([at(7, 7), at(7, 5), at(5, 5), at(1, 1)], [0.242764, 0.136036, 0.075828, 0], 5e-7);
  assert.is(Math.max(...saliency.data), at(7, 7));
});

test('with all candidates and no position factor the mean distance to all of them counts', () => {
  const image = noise([1, 2, 9, 8], 1);
  const rows = computeOne(patches(INSIDE), image);
  const [, count, length] = rows.shape as [number, number, number];
  const saliency = selfSaliency(image, INSIDE, { nearest: count, positionWeight: 0 });
  for (let q = 0; q < count; q++) {
    let sum = 0;
    for (let p = 0; p < count; p++) {
      let square = 0;
      for (let e = 0; e < length; e++) square += (rows.data[q * length + e]! - rows.data[p * length + e]!) ** 2;
      sum += Math.sqrt(square / length);
    }
    assertClose([-Math.log(1 - saliency.data[q]!)], [sum / count], 1e-12);
  }
});

test('more neighbours than candidates count as all candidates', () => {
  const image = noise([1, 1, 8, 8], 2);
  const all = selfSaliency(image, INSIDE, { nearest: 36, positionWeight: 3 });
  assert.equal(selfSaliency(image, INSIDE, { nearest: 64, positionWeight: 3 }).data, all.data);
});

test('a constant added to the image changes nothing', () => {
  const image = noise([1, 3, 12, 12], 3);
  const brighter = { shape: image.shape, data: image.data.map((value) => value + 0.5) };
  const attributes = { nearest: 16, positionWeight: 3 };
  assertClose(selfSaliency(brighter, INSIDE, attributes).data, selfSaliency(image, INSIDE, attributes).data, 1e-14);
});

test('the order of the candidates changes no bit', () => {
  const image = noise([1, 3, 14, 12], 4);
  const rows = computeOne(patches(INSIDE), image);
  const centres = centresOf(INSIDE, image);
  const [, count, length] = rows.shape as [number, number, number];
  const keys = noise([count], 5).data;
  const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]!);
  const shuffled = (tensor: Tensor, run: number): Tensor => ({
    shape: tensor.shape,
    data: Float64Array.from(order.flatMap((p) => [...tensor.data.subarray(p * run, (p + 1) * run)])),
  });
  const operation = patchSaliency({ nearest: 10, positionWeight: 3 });
  const expected = computeOne(operation, rows, centres, rows, centres);
  const actual = computeOne(operation, rows, centres, shuffled(rows, length), shuffled(centres, 2));
  assert.equal(actual.data, expected.data);
});

test('each map of a batch is computed on its own', () => {
  const both = noise([2, 1, 10, 11], 6);
  const attributes = { nearest: 8, positionWeight: 3 };
  const saliency = selfSaliency(both, INSIDE, attributes);
  const [, count] = saliency.shape as [number, number];
  for (const n of [0, 1]) {
    const one = { shape: [1, 1, 10, 11], data: both.data.subarray(n * 110, (n + 1) * 110) };
    assert.equal(selfSaliency(one, INSIDE, attributes).data, saliency.data.slice(n * count, (n + 1) * count));
  }
});

test('queries at the border see the image reflected without its edge repeated', () => {
  const image = { shape: [1, 1, 3, 4], data: Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) };
  const rows = computeOne(patches({ patch: 3, stride: 3, padding: 'reflect' }), image);
  assert.equal(rows.shape, [1, 2, 9]);
  assert.equal([...rows.data], [5, 4, 5, 1, 0, 1, 5, 4, 5, 6, 7, 6, 2, 3, 2, 6, 7, 6]);
});

test('a side too short to be reflected is clamped', () => {
  const image = { shape: [1, 1, 1, 2], data: Float64Array.from([3, 4]) };
  const rows = computeOne(patches({ patch: 3, stride: 1, padding: 'reflect' }), image);
  assert.equal([...rows.data], [4, 3, 4, 4, 3, 4, 4, 3, 4, 3, 4, 3, 3, 4, 3, 3, 4, 3]);
});

test('candidates of several images follow one another, channel by channel', () => {
  const first = { shape: [1, 2, 3, 3], data: Float64Array.from({ length: 18 }, (_, i) => i) };
  const second = { shape: [1, 2, 3, 4], data: Float64Array.from({ length: 24 }, (_, i) => 100 + i) };
  const rows = computeOne(patches(INSIDE), first, second);
  assert.equal(rows.shape, [1, 3, 18]);
  assert.equal([...rows.data.subarray(0, 18)], [...first.data]);
  assert.equal([...rows.data.subarray(36, 45)], [101, 102, 103, 105, 106, 107, 109, 110, 111]);
  const centres = patchCentres(INSIDE, [first.shape, second.shape]);
  assertClose(centres, [1.5 / 3, 1.5 / 3, 1.5 / 4, 1.5 / 4, 1.5 / 4, 2.5 / 4], 1e-15);
});

test('the sum of the smallest numbers is that of a sort, with ties too', () => {
  for (let seed = 0; seed < 50; seed++) {
    const values = noise([1 + seed * 3], seed).data.map((value) => Math.floor(value * (seed % 2 ? 5 : 1e6)));
    for (const count of [1, Math.ceil(values.length / 2), values.length]) {
      const expected = values
        .slice()
        .sort()
        .subarray(0, count)
        .reduce((sum, value) => sum + value, 0);
      assert.is(sumOfSmallest(values.slice(), count), expected);
    }
  }
});

test.run();
