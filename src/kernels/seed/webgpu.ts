import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { INIT_NUMBERS, type SeedAttributes } from './attributes.ts';

export function dispatchSeed(step: GpuStep, { target, init, rank = 0 }: SeedAttributes): void {
  const [logits, given] = step.inputs as [GpuTensor, GpuTensor?];
  const [batch, classes] = logits.shape as [number, number];
  step.dispatch('seed', {
    constants: { CLASSES: classes, GIVEN: target === 'given', INIT: INIT_NUMBERS[init], RANK: rank },
    bindings: { logits, weights: given ?? step.table(new Float32Array(1)), output: step.outputs[0]! },
    workgroups: [1, batch, 1],
  });
}
