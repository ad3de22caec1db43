import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';
import type { OverlayAttributes } from './attributes.ts';

export function dispatchOverlay(step: GpuStep, { zero, span }: OverlayAttributes): void {
  const [map, strength, photo, colours] = step.inputs;
  const [output] = step.outputs;
  const count = elementCount(output!.shape);
  step.dispatch('overlay', {
    constants: { COUNT: count, PIXELS: elementCount(output!.shape.slice(2)), ZERO: zero, SPAN: span },
    bindings: { map: map!, strength: strength!, photo: photo!, colours: colours!, output: output! },
    workgroups: flatWorkgroups(count),
  });
}
