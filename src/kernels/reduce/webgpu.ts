import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep } from '../../tensor/webgpu/step.ts';
import { dispatchSumTo } from '../shared/webgpu-walk.ts';

export function dispatchReduceMean(step: GpuStep): void {
  const [x, output] = [step.inputs[0]!, step.outputs[0]!];
  dispatchSumTo(step, elementCount(output.shape) / elementCount(x.shape));
}
