import type { Address, WasmStep } from '../../tensor/wasm/step.ts';

/** Elements of an item. */
const CHUNK = 32768;

/** Sum, minimum, maximum and count of what is not finite, for rows of `count` elements: [rows][4]. */
export function planRowStatistics(step: WasmStep, x: Address, rows: number, count: number, output: Address): void {
  const chunks = Math.ceil(count / CHUNK);
  const args = [x, step.scratch(24 * rows * chunks), output, count, CHUNK, chunks];
  step.task('statistics', rows * chunks, args);
  step.task('joinStatistics', rows, args);
}
