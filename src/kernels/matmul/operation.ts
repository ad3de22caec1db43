import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { elementCount, formatShape } from '../../tensor/tensor.ts';
import { broadcastShape } from '../shared/walk.ts';
import { matricesOf } from './matrices.ts';
import { planMatmul } from './wasm.ts';
import { dispatchMatmul } from './webgpu.ts';

/** Matrix product of two computed tensors [...,M,K]·[...,K,N], the leading axes broadcast as in numpy; rank ≥ 2. */
export function matmul(): Operation {
  return {
    name: 'matmul',
    attributes: {},
    shape: ([a, b]) => {
      if (a!.length < 2 || b!.length < 2 || a!.at(-1) !== b!.at(-2)) {
        throw new SalientError('shape-mismatch', `matrix product of ${formatShape(a!)} and ${formatShape(b!)}`);
      }
      return [[...broadcastShape([a!.slice(0, -2), b!.slice(0, -2)]), a!.at(-2)!, b!.at(-1)!]];
    },
    reference([a, b], [output]) {
      const [rows, columns] = output!.shape.slice(-2) as [number, number];
      const inner = a!.shape.at(-1)!;
      const matrices = matricesOf(a!.shape, b!.shape, output!.shape);
      for (let index = 0; index < matrices.length / 2; index++) {
        const fromA = matrices[2 * index]! * rows * inner;
        const fromB = matrices[2 * index + 1]! * inner * columns;
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) {
              sum += a!.data[fromA + row * inner + k]! * b!.data[fromB + k * columns + column]!;
            }
            output!.data[(index * rows + row) * columns + column] = sum;
          }
        }
      }
    },
    flops: ([a], [output]) => 2 * a!.at(-1)! * elementCount(output!),
    wasm: (step) => planMatmul(step),
    webgpu: (step) => dispatchMatmul(step),
  };
}
