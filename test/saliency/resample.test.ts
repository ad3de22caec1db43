import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resample } from '../../src/kernels/resample/operation.ts';
import {
  type AxisTable,
  gridTable,
  insideMargin,
  marginTo,
  resizeTable,
  scaledSide,
  tableSource,
  withMargin,
} from '../../src/saliency/axis-table.ts';
import { toFloat64 } from '../../src/tensor/source.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../support/assert.ts';
import { computeOne } from '../support/compute.ts';
import { noise } from '../support/noise.ts';

function tensorOf(table: AxisTable): Tensor {
  const source = tableSource('table', table);
  return { shape: source.shape, data: toFloat64(source) };
}

/** A row of numbers through a table. */
function along(table: AxisTable, numbers: readonly number[]): number[] {
  const row = { shape: [1, numbers.length], data: Float64Array.from(numbers) };
  return [...computeOne(resample(), row, tensorOf(resizeTable(1, 1)), tensorOf(table)).data];
}

test('sides are rounded half up and never 0', () => {
  assert.equal([scaledSide(250, 0.3), scaledSide(125, 0.5), scaledSide(5, 0.5), scaledSide(1, 0.2)], [75, 63, 3, 1]);
});

test('enlarging is bilinear with clamped edges', () => {
  assertClose(along(resizeTable(2, 4), [0, 1]), [0, 0.25, 0.75, 1], 1e-15);
});

test('shrinking weighs with a triangle as wide as the ratio', () => {
  assertClose(along(resizeTable(4, 2), [0, 0, 7, 0]), [1, 3], 1e-15);
});

test('the same size changes nothing', () => {
  assert.equal(along(resizeTable(5, 5), [3, 1, 4, 1, 5]), [3, 1, 4, 1, 5]);
});

test('every row of weights adds to 1 and stays inside the axis', () => {
  for (const [inputs, outputs] of [
    [224, 250],
    [250, 75],
    [1, 9],
    [9, 1],
    [250, 249],
  ] as const) {
    const { shape, data } = tensorOf(resizeTable(inputs, outputs));
    const [rows, length] = shape as [number, number];
    for (let row = 0; row < rows; row++) {
      const [first, ...weights] = data.subarray(row * length, (row + 1) * length);
      assert.ok(first! >= 0 && first! + weights.length <= inputs);
      assertClose([weights.reduce((sum, weight) => sum + weight, 0)], [1], 1e-14);
    }
  }
});

test('a query grid is read where its queries sit', () => {
  assertClose(along(gridTable(2, 3, 6, 6), [0, 3]), [0, 1, 2, 3, 3, 3], 1e-14);
  assertClose(along(gridTable(2, 3, 6, 12), [0, 3]), [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3, 3, 3, 3, 3], 1e-14);
  assert.equal(along(gridTable(1, 3, 2, 3), [5]), [5, 5, 5]);
});

test('a margin repeats the edges, and a table inside it leaves it out', () => {
  const margin = marginTo(7, 4);
  assert.equal(margin, { before: 1, after: 2 });
  assert.equal(marginTo(7, 9), { before: 0, after: 0 });
  assert.equal(along(withMargin(resizeTable(4, 4), margin), [1, 2, 3, 4]), [1, 1, 2, 3, 4, 4, 4]);
  assert.equal(along(insideMargin(resizeTable(4, 4), margin), [1, 1, 2, 3, 4, 4, 4]), [1, 2, 3, 4]);
});

test('planes are resampled one by one, rows and columns on their own', () => {
  const [rows, columns] = [resizeTable(4, 6), resizeTable(9, 5)];
  const image = noise([2, 3, 4, 9], 1);
  const resized = computeOne(resample(), image, tensorOf(rows), tensorOf(columns));
  assert.equal(resized.shape, [2, 3, 6, 5]);
  const weight = ({ rows: all }: AxisTable, i: number, j: number) => all[i]!.weights[j - all[i]!.first] ?? 0;
  for (let plane = 0; plane < 6; plane++) {
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 5; j++) {
        let sum = 0;
        for (let y = 0; y < 4; y++) {
          for (let x = 0; x < 9; x++) {
            sum += weight(rows, i, y) * weight(columns, j, x) * image.data[plane * 36 + y * 9 + x]!;
          }
        }
        assertClose([resized.data[plane * 30 + i * 5 + j]!], [sum], 1e-14);
      }
    }
  }
});

test.run();
