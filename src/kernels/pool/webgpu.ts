import { elementCount, type Shape } from '../../tensor/tensor.ts';
import type { Constants } from '../../tensor/webgpu/shader.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type {
  AverageAttributes,
  AverageTransposeAttributes,
  PoolAttributes,
  PoolTransposeAttributes,
} from './attributes.ts';

const DIVISORS: Readonly<Record<AverageAttributes['divisor'], number>> = { inside: 0, padded: 1, one: 2 };

export function dispatchMaxPool(step: GpuStep, attributes: PoolAttributes): void {
  const [input] = step.inputs as [GpuTensor];
  const [output, winners] = step.outputs as [GpuTensor, GpuTensor];
  const count = elementCount(output.shape);
  step.dispatch('max-pool', {
    constants: { COUNT: count, ...windowConstants(attributes, input.shape) },
    bindings: { input, output, winners },
    workgroups: flatWorkgroups(count),
  });
}

export function dispatchMaxPoolTranspose(step: GpuStep, attributes: PoolTransposeAttributes): void {
  const [relevance, winners] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const count = elementCount(output.shape);
  step.dispatch('max-pool-transpose', {
    constants: { COUNT: count, ...windowConstants(attributes, output.shape) },
    bindings: { relevance, winners, output },
    workgroups: flatWorkgroups(count),
  });
}

export function dispatchAveragePool(step: GpuStep, attributes: AverageAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const count = elementCount(output.shape);
  step.dispatch('average-pool', {
    constants: { COUNT: count, DIVISOR: DIVISORS[attributes.divisor], ...windowConstants(attributes, input.shape) },
    bindings: { input, output },
    workgroups: flatWorkgroups(count),
  });
}

export function dispatchAveragePoolTranspose(step: GpuStep, attributes: AverageTransposeAttributes): void {
  const [s, a] = step.inputs as [GpuTensor, GpuTensor?];
  const [output] = step.outputs as [GpuTensor];
  const { divisor, product } = attributes;
  const count = elementCount(output.shape);
  step.dispatch('average-pool-transpose', {
    constants: {
      COUNT: count,
      PRODUCT: product,
      DIVISOR: DIVISORS[divisor],
      ...windowConstants(attributes, output.shape),
    },
    bindings: { s, a: a ?? step.table(new Float32Array(1)), output },
    workgroups: flatWorkgroups(count),
  });
}

/** Constants of `window.wgsl` for an image [N,C,H,W]. */
function windowConstants({ window, output }: PoolAttributes, image: Shape): Constants {
  const [top, left, bottom, right] = window.pads;
  return {
    H: image[2]!,
    W: image[3]!,
    OUT_H: output[0],
    OUT_W: output[1],
    KERNEL_H: window.kernel[0],
    KERNEL_W: window.kernel[1],
    STRIDE_Y: window.strides[0],
    STRIDE_X: window.strides[1],
    DILATION_Y: window.dilations[0],
    DILATION_X: window.dilations[1],
    PAD_TOP: top,
    PAD_LEFT: left,
    PAD_BOTTOM: bottom,
    PAD_RIGHT: right,
  };
}
