import { type Address, float, type WasmStep } from '../../tensor/wasm/step.ts';
import { bounds, type QuotientAttributes, type Stabilizer } from './attributes.ts';

/** Elements of an item of the quotient's kernels. */
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
  const squares = planSumSquares(step, stabilizer, z, batch, count * parts);
  const block = count / groups;
  step.task('quotients', batch * groups * parts * Math.ceil(block / CHUNK), [
    ...[relevance, z, output, branch ?? 0, step.table(Float32Array.from(scales))],
    ...[Number(bounds(stabilizer)), float(stabilizer.epsilon), groups, parts, block, CHUNK],
    ...[squares.address, squares.chunks],
  ]);
}

/** Plans the sums of squares of each sample of z, `count` elements each, that a relative stabilizer needs. */
export function planSumSquares(
  step: WasmStep,
  { kind }: Stabilizer,
  z: Address | 0,
  batch: number,
  count: number,
): { readonly address: Address | 0; readonly chunks: number } {
  if (kind !== 'relative' || z === 0) return { address: 0, chunks: 0 };
  const chunks = Math.ceil(count / CHUNK);
  const address = step.scratch(8 * batch * chunks);
  step.task('sumSquares', batch * chunks, [z, address, count, CHUNK, chunks]);
  return { address, chunks };
}
