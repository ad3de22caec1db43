import { elementCount } from '../../tensor/tensor.ts';
import { type Address, float, type WasmStep } from '../../tensor/wasm/step.ts';
import type { LrnAttributes, LrnTaylorAttributes } from './attributes.ts';

export function planLrn(step: WasmStep, attributes: LrnAttributes): boolean {
  planUnits(step, 'lrn', attributes, [0, 0, 0], 0);
  return true;
}

export function planLrnTaylor(step: WasmStep, attributes: LrnTaylorAttributes): boolean {
  const bytes = 4 * elementCount(step.inputs[0]!);
  const places = [step.input(1), step.scratch(bytes), step.scratch(bytes)] as const;
  planUnits(step, 'lrnTaylor', attributes, places, attributes.epsilon);
  return true;
}

function planUnits(
  step: WasmStep,
  kernel: 'lrn' | 'lrnTaylor',
  { size, alpha, beta, bias }: LrnAttributes,
  places: readonly (Address | 0)[],
  epsilon: number,
): void {
  const [batch, channels, ...spatial] = step.inputs[0] as [number, number, ...number[]];
  const positions = elementCount(spatial);
  step.task(kernel, batch * Math.ceil(positions / 4), [
    ...[step.input(0), step.output(0), ...places, channels, positions],
    ...[Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)],
    ...[float(alpha / size), float(beta), float(bias), float(epsilon)],
  ]);
}
