import { elementCount } from '../../tensor/tensor.ts';
import { float, type WasmStep } from '../../tensor/wasm/step.ts';
import { planRowStatistics } from '../shared/wasm-statistics.ts';
import type { NormalizeAttributes } from './attributes.ts';

/** Elements of an item. */
const CHUNK = 16384;

export function planNormalize(step: WasmStep, { by, tolerance }: NormalizeAttributes): boolean {
  const rows = step.inputs[0]![0]!;
  const count = elementCount(step.inputs[0]!) / rows;
  const statistics = step.scratch(16 * rows);
  planRowStatistics(step, step.input(0), rows, count, statistics);
  const chunks = Math.ceil(count / CHUNK);
  step.task('normalize', rows * chunks, [
    ...[step.input(0), statistics, step.output(0), count, CHUNK, chunks, Number(by === 'peak'), float(tolerance)],
  ]);
  return true;
}
