import { elementCount } from '../../tensor/tensor.ts';
import type { Constants, ShaderName } from '../../tensor/webgpu/shader.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';

/** A shader with one invocation per element of the output, on tensors named as its bindings. */
export function perElement(
  step: GpuStep,
  shader: ShaderName,
  constants: Constants,
  inputs: Readonly<Record<string, GpuTensor>>,
  count = elementCount(step.outputs[0]!.shape),
): void {
  step.dispatch(shader, {
    constants: { COUNT: count, ...constants },
    bindings: { ...inputs, output: step.outputs[0]! },
    workgroups: flatWorkgroups(count),
  });
}

/** The nearest float32 that is finite: WGSL knows no infinity. */
export function finite(value: number): number {
  const largest = 3.4028234663852886e38;
  return Math.min(Math.max(value, -largest), largest);
}
