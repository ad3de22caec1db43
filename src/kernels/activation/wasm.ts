import { float, inChunks, type WasmStep } from '../../tensor/wasm/step.ts';
import type { ActivationAttributes } from './attributes.ts';

export function planActivation(step: WasmStep, attributes: ActivationAttributes): boolean {
  const { count, chunk, parts } = inChunks(step.outputs[0]!);
  const [kind, low, high] = kernelFunction(attributes);
  step.task('activation', parts, [step.input(0), step.output(0), count, chunk, kind, float(low), float(high)]);
  return true;
}

/** The kernel's number for a function, and its two parameters. */
function kernelFunction(attributes: ActivationAttributes): [kind: number, low: number, high: number] {
  switch (attributes.kind) {
    case 'relu':
      return [0, 0, Number.POSITIVE_INFINITY];
    case 'clip':
      return [0, attributes.min, attributes.max];
    case 'leaky-relu':
      return [1, attributes.alpha, 0];
    case 'sigmoid':
      return [2, 0, 0];
  }
}
