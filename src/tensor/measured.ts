import type { StepProfile } from './device.ts';
import type { BufferId, Program, Step } from './program.ts';
import { elementCount } from './tensor.ts';

/** Operations of a step, and the bytes that it reads and writes once, as float32. */
export type Work = Pick<StepProfile, 'flops' | 'bytes'>;

export function stepWork({ buffers }: Program, { operation, inputs, outputs }: Step): Work {
  const shapes = (ids: readonly BufferId[]) => ids.map((id) => buffers[id]!.shape);
  const [from, to] = [shapes(inputs), shapes(outputs)];
  const elements = [...from, ...to].reduce((sum, shape) => sum + elementCount(shape), 0);
  return { flops: operation.flops?.(from, to) ?? 0, bytes: 4 * elements };
}

/** A step's profile; `work` where a device does not do it all in that step. */
export function measured(
  program: Program,
  step: Step,
  milliseconds: number,
  clock: StepProfile['clock'],
  work: Work = stepWork(program, step),
): StepProfile {
  const { layer, phase, operation } = step;
  return { layer, phase, operation: operation.name, milliseconds, clock, ...work };
}

/** Whether a step's sums were made with those of an earlier one, and are counted there: see `webgpuTogether`. */
export function isJoined({ operation, flops }: Pick<StepProfile, 'operation' | 'flops'>): boolean {
  return operation === 'conv' && flops === 0;
}
