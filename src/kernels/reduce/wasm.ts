import { elementCount } from '../../tensor/tensor.ts';
import type { WasmStep } from '../../tensor/wasm/step.ts';
import { planReduce } from '../shared/wasm-walk.ts';

export function planReduceMean(step: WasmStep): boolean {
  return planReduce(step, elementCount(step.outputs[0]!) / elementCount(step.inputs[0]!));
}
