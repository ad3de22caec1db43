import type { WasmStep } from '../../tensor/wasm/step.ts';
import { matricesOf } from './matrices.ts';

export function planMatmul(step: WasmStep): boolean {
  const [a, b] = step.inputs as readonly [number[], number[]];
  const output = step.outputs[0]!;
  const [rows, columns] = output.slice(-2) as [number, number];
  const matrices = matricesOf(a, b, output);
  const blocks = Math.ceil(rows / 4);
  step.task('matmul', (matrices.length / 2) * blocks, [
    ...[step.input(0), step.input(1), step.output(0), step.table(matrices)],
    ...[rows, columns, a.at(-1)!, blocks],
  ]);
  return true;
}
