import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { elementCount, formatShape, type Tensor } from '../../tensor/tensor.ts';
import { planResample } from './wasm.ts';
import { dispatchResample } from './webgpu.ts';

/**
 * A linear map of each axis of an image: y[..., i, j] = Σ_a Σ_b rows[i][a] · columns[j][b] · x[..., first_i + a,
 * first_j + b]. Inputs: x [..., H, W]; `rows` [H', 1+T] and `columns` [W', 1+T'], the tables of `axis-table.ts`: the
 * first input that an output reads, then its T weights. Output: [..., H', W'].
 *
 * Resizing, extending edges, cropping and the enlargement of query grids are all this operation with other tables. T is
 * 2 when enlarging and about 2q+1 when shrinking by q, so that T·T' multiply-adds an output, in one pass, is little
 * work next to the patch distances.
 */
export function resample(): Operation {
  return {
    name: 'resample',
    attributes: {},
    shape([x, rows, columns]) {
      if (x!.length < 2 || rows!.length !== 2 || columns!.length !== 2) {
        const found = [x!, rows!, columns!].map(formatShape).join(', ');
        throw new SalientError('shape-mismatch', `resample of [..., H, W] by two tables [n, 1+T]; found ${found}`);
      }
      return [[...x!.slice(0, -2), rows![0]!, columns![0]!]];
    },
    reference([x, rows, columns], [output]) {
      const [height, width] = x!.shape.slice(-2) as [number, number];
      const [newHeight, newWidth] = output!.shape.slice(-2) as [number, number];
      const planes = elementCount(x!.shape) / (height * width);
      const narrow = new Float64Array(height * newWidth);
      for (let plane = 0; plane < planes; plane++) {
        const [from, to] = [plane * height * width, plane * newHeight * newWidth];
        for (let y = 0; y < height; y++) {
          for (let j = 0; j < newWidth; j++) {
            narrow[y * newWidth + j] = weighted(columns!, j, x!.data, from + y * width, 1);
          }
        }
        for (let i = 0; i < newHeight; i++) {
          for (let j = 0; j < newWidth; j++) {
            output!.data[to + i * newWidth + j] = weighted(rows!, i, narrow, j, newWidth);
          }
        }
      }
    },
    flops: ([, rows, columns], [output]) => 2 * elementCount(output!) * (rows![1]! - 1) * (columns![1]! - 1),
    wasm: (step) => planResample(step),
    webgpu: (step) => dispatchResample(step),
  };
}

/** Σ_a weight_a · data[start + (first + a)·stride] for one row of a table. */
function weighted(table: Tensor, row: number, data: Tensor['data'], start: number, stride: number): number {
  const length = table.shape[1]!;
  const first = table.data[row * length]!;
  let sum = 0;
  for (let a = 1; a < length; a++) sum += table.data[row * length + a]! * data[start + (first + a - 1) * stride]!;
  return sum;
}
