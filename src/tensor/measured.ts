import type { StepProfile } from './device.ts';
import type { BufferId, Program, Step } from './program.ts';
import { elementCount } from './tensor.ts';

/** A step's profile: its operations, and the bytes that it reads and writes once, as float32. */
export function measured(
  { buffers }: Program,
  { layer, phase, operation, inputs, outputs }: Step,
  milliseconds: number,
  clock: StepProfile['clock'],
): StepProfile {
  const shapes = (ids: readonly BufferId[]) => ids.map((id) => buffers[id]!.shape);
  const [from, to] = [shapes(inputs), shapes(outputs)];
  const elements = [...from, ...to].reduce((sum, shape) => sum + elementCount(shape), 0);
  const flops = operation.flops?.(from, to) ?? 0;
  return { layer, phase, operation: operation.name, milliseconds, clock, flops, bytes: 4 * elements };
}
