import type { WasmStep } from '../../tensor/wasm/step.ts';
import type { SeedAttributes } from './attributes.ts';

const STARTS: Readonly<Record<SeedAttributes['init'], number>> = { logit: 0, one: 1, contrastive: 2 };

export function planSeed(step: WasmStep, { target, init }: SeedAttributes): boolean {
  const [batch, classes] = step.inputs[0] as readonly [number, number];
  const weights = target === 'given' ? step.input(1) : 0;
  step.task('seed', batch, [step.input(0), weights, step.output(0), classes, STARTS[init]]);
  return true;
}
