import { elementCount, type Shape } from '../../tensor/tensor.ts';
import { broadcastStrides, forEachElement } from '../shared/walk.ts';

/** For each product of [...,M,K]·[...,K,N], the leading axes broadcast to `output`'s: the numbers of its two matrices. */
export function matricesOf(a: Shape, b: Shape, output: Shape): Uint32Array {
  const batches = output.slice(0, -2);
  const matrices = new Uint32Array(2 * elementCount(batches));
  for (const [place, operand] of [a, b].entries()) {
    forEachElement(batches, broadcastStrides(operand.slice(0, -2), batches), (index, matrix) => {
      matrices[2 * index + place] = matrix;
    });
  }
  return matrices;
}
