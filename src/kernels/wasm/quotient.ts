import { type Address, float, type WasmStep } from '../../tensor/wasm/step.ts';
import type { QuotientAttributes } from '../quotient.ts';

/** Elements of a part of the quotient's kernels. */
const CHUNK = 16384;

export interface QuotientPlaces {
  readonly relevance: Address;
  readonly z: Address;
  /** May be z's own place. */
  readonly output: Address;
  readonly branch?: Address | undefined;
  readonly batch: number;
  /** Elements of one sample of R. */
  readonly count: number;
}

/** Plans the quotients of all elements, after the root mean squares of z where the stabilizer is relative. */
export function planQuotient(step: WasmStep, attributes: QuotientAttributes, places: QuotientPlaces): void {
  const { scales, stabilizer, groups } = attributes;
  const { relevance, z, output, branch, batch, count } = places;
  const parts = scales.length;
  let squares: Address | 0 = 0;
  const stacked = count * parts;
  const squareChunks = Math.ceil(stacked / CHUNK);
  if (stabilizer.kind === 'relative') {
    squares = step.scratch(8 * batch * squareChunks);
    step.task('sumSquares', batch * squareChunks, [z, squares, stacked, CHUNK, squareChunks]);
  }
  const block = count / groups;
  step.task('quotients', batch * groups * parts * Math.ceil(block / CHUNK), [
    ...[relevance, z, output, branch ?? 0, step.table(Float32Array.from(scales))],
    ...[Number(stabilizer.kind === 'clip'), float(stabilizer.epsilon), groups, parts, block, CHUNK],
    ...[squares, squareChunks],
  ]);
}
