import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape } from '../../tensor/tensor.ts';
import { CHAIN_BLOCK, FACTOR, SHIFT } from './attributes.ts';
import { planMultiplyAddChain } from './wasm.ts';
import { dispatchMultiplyAddChain } from './webgpu.ts';

export { CHAIN_BLOCK } from './attributes.ts';

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
    wasm: (step) => planMultiplyAddChain(step, steps),
    webgpu: (step) => dispatchMultiplyAddChain(step, steps),
    flops: ([x]) => 2 * steps * x![0]!,
  };
}
