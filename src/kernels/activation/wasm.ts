import { float, inChunks, type WasmStep } from '../../tensor/wasm/step.ts';
import { type ActivationAttributes, FUNCTION_NUMBERS, functionParameters } from './attributes.ts';

export function planActivation(step: WasmStep, attributes: ActivationAttributes): boolean {
  const { count, chunk, chunks } = inChunks(step.outputs[0]!);
  const parameters = functionParameters(attributes).map(float);
  step.task('activation', chunks, [
    ...[step.input(0), step.output(0), count, chunk],
    ...[FUNCTION_NUMBERS[attributes.kind], ...parameters],
  ]);
  return true;
}
