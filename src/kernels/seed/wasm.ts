import type { WasmStep } from '../../tensor/wasm/step.ts';
import { INIT_NUMBERS, type SeedAttributes } from './attributes.ts';

export function planSeed(step: WasmStep, { target, init, rank = 0 }: SeedAttributes): boolean {
  const [batch, classes] = step.inputs[0] as readonly [number, number];
  const weights = target === 'given' ? step.input(1) : 0;
  step.task('seed', batch, [step.input(0), weights, step.output(0), classes, INIT_NUMBERS[init], rank]);
  return true;
}
