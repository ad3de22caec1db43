import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lab } from '../../src/kernels/lab/operation.ts';
import { normalize } from '../../src/kernels/normalize/operation.ts';
import { sumPlane } from '../../src/kernels/sum-plane/operation.ts';
import { assertClose } from '../support/assert.ts';
import { computeOne } from '../support/compute.ts';

const MAP = { shape: [1, 2, 1, 3], data: Float64Array.from([1, -2, 3, 4, -5, -6]) };

test('the sum plane keeps positive sums, or absolute ones', () => {
  assert.equal([...computeOne(sumPlane({ absolute: false }), MAP).data], [5, 0, 0]);
  assert.equal([...computeOne(sumPlane({ absolute: true }), MAP).data], [5, 7, 3]);
  assert.throws(() => sumPlane({ absolute: false }).shape([[3, 4]]), /a relevance map is \[N,C,H,W\]; found 3×4/);
});

test('primaries and white have their known L*a*b* values', () => {
  const image = { shape: [1, 3, 1, 4], data: Float64Array.from([1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1]) };
  const planes = computeOne(lab({ truncate: false }), image);
  const expected = [53.2408, 87.7347, 32.297, 100, 80.0925, -86.1827, 79.1875, 0, 67.2032, 83.1793, -107.8602, 0];
  assertClose(planes.data, expected, 1e-3);
});

test('dark colours take the linear parts of both curves', () => {
  const image = { shape: [1, 3, 1, 1], data: Float64Array.from([0.02, 0.02, 0.02]) };
  const [lightness] = computeOne(lab({ truncate: false }), image).data;
  assertClose([lightness!], [(0.02 / 12.92) * (29 / 3) ** 3], 1e-6);
});

test('truncation to 8 bits rounds down', () => {
  const shape = [1, 3, 1, 1];
  const truncated = computeOne(lab({ truncate: true }), { shape, data: Float64Array.from([0.5, 0.999, 0]) });
  const exact = computeOne(lab({ truncate: false }), { shape, data: Float64Array.from([127 / 255, 254 / 255, 0]) });
  assertClose(truncated.data, exact.data, 1e-12);
});

test('colours need three channels', () => {
  assert.throws(
    () => lab({ truncate: true }).shape([[1, 2, 8, 8]]),
    /needs three channels, \[N,3,H,W\]; found 1×2×8×8/,
  );
});

test('rows are normalised on their own, by their range or their peak', () => {
  const rows = { shape: [2, 3], data: Float64Array.from([1, 2, 5, -4, 2, 0]) };
  assertClose(computeOne(normalize({ by: 'range', tolerance: 0 }), rows).data, [0, 0.25, 1, 0, 1, 4 / 6], 1e-15);
  assertClose(computeOne(normalize({ by: 'peak', tolerance: 0 }), rows).data, [0.2, 0.4, 1, 1, 0.5, 0], 1e-15);
});

test('a row within the tolerance counts as constant and becomes 0', () => {
  const rows = { shape: [3, 2], data: Float64Array.from([7, 7, 1, 1 + 1e-6, 1, 1 + 3e-6]) };
  assert.equal([...computeOne(normalize({ by: 'range', tolerance: 2e-6 }), rows).data], [0, 0, 0, 0, 0, 1]);
  assert.equal(
    [...computeOne(normalize({ by: 'peak', tolerance: 0 }), { shape: [1, 2], data: new Float64Array(2) }).data],
    [0, 0],
  );
});

test.run();
