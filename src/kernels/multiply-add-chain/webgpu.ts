import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';

export function dispatchMultiplyAddChain(step: GpuStep, steps: number): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const count = input.shape[0]! / 4;
  step.dispatch('multiply-add-chain', {
    constants: { COUNT: count, STEPS: steps },
    bindings: { input, output },
    workgroups: flatWorkgroups(count / 2, 64),
  });
}
