import { float, type WasmStep } from '../../tensor/wasm/step.ts';
import { CHAIN_BLOCK, FACTOR, SHIFT } from './attributes.ts';

export function planMultiplyAddChain(step: WasmStep, steps: number): boolean {
  const args = [step.input(0), step.output(0), steps, float(FACTOR), float(SHIFT)];
  step.task('multiplyAddChain', step.inputs[0]![0]! / CHAIN_BLOCK, args);
  return true;
}
