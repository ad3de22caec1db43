import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape } from '../../tensor/tensor.ts';
import { float } from '../../tensor/wasm/step.ts';
import { flatWorkgroups } from '../../tensor/webgpu/step.ts';

/** Elements that one SIMD thread keeps in registers. */
export const CHAIN_BLOCK = 48;

/** Every element tends to SHIFT / (1 − FACTOR) = 2: no zero, no denormal number. */
const FACTOR = 0.75;
const SHIFT = 0.5;

/**
 * `steps` times v ← 0.75·v + 0.5 on every element: arithmetic in registers alone, next to no memory. Its rate is the
 * peak against which kernels are measured. Input and output: [n], n a multiple of {@link CHAIN_BLOCK}; `steps` is a
 * multiple of 8.
 */
export function multiplyAddChain({ steps }: { readonly steps: number }): Operation {
  return {
    name: 'multiply-add-chain',
    attributes: { steps },
    shape([x]) {
      if (x!.length !== 1 || x![0]! % CHAIN_BLOCK !== 0 || steps % 8 !== 0) {
        throw new SalientError(
          'shape-mismatch',
          `chain of ${formatShape(x!)}: expected [n], n a multiple of 48, in a multiple of 8 steps, found ${steps}`,
        );
      }
      return [x!];
    },
    reference([x], [output]) {
      for (let i = 0; i < x!.data.length; i++) {
        let value = x!.data[i]!;
        for (let step = 0; step < steps; step++) value = FACTOR * value + SHIFT;
        output!.data[i] = value;
      }
    },
    wasm(step) {
      const args = [step.input(0), step.output(0), steps, float(FACTOR), float(SHIFT)];
      step.task('multiplyAddChain', step.inputs[0]![0]! / CHAIN_BLOCK, args);
      return true;
    },
    webgpu(step) {
      const [input, output] = [step.inputs[0]!, step.outputs[0]!];
      const count = input.shape[0]! / 4;
      step.dispatch('multiply-add-chain', {
        constants: { COUNT: count, STEPS: steps },
        bindings: { input, output },
        workgroups: flatWorkgroups(count / 2, 64),
      });
    },
    flops: ([x]) => 2 * steps * x![0]!,
  };
}
