import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';
import { type ExpandAttributes, expansionParts, type SumPartsAttributes } from './attributes.ts';

export function dispatchExpandParts(step: GpuStep, { expansion, groups }: ExpandAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const [batch, channels] = input.shape as [number, number];
  const count = elementCount(output.shape);
  const [low, high] = expansion.kind === 'box' ? [expansion.low, expansion.high] : [[0], [0]];
  step.dispatch('expand-parts', {
    constants: {
      COUNT: count,
      KIND: { signs: 0, box: 1, ones: 2 }[expansion.kind],
      PARTS: expansionParts(expansion),
      CHANNELS: channels,
      GROUP_CHANNELS: channels / groups,
      PLANE: elementCount(input.shape) / (batch * channels),
      LOWS: low.length,
      HIGHS: high.length,
    },
    bindings: { input, bounds: step.table(Float32Array.from([...low, ...high])), output },
    workgroups: flatWorkgroups(count),
  });
}

export function dispatchSumParts(step: GpuStep, { parts, groups }: SumPartsAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const [batch, channels] = output.shape as [number, number];
  const count = elementCount(output.shape);
  step.dispatch('sum-parts', {
    constants: {
      COUNT: count,
      PARTS: parts,
      CHANNELS: channels,
      GROUP_CHANNELS: channels / groups,
      PLANE: count / (batch * channels),
    },
    bindings: { input, output },
    workgroups: flatWorkgroups(count),
  });
}
