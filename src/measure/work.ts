import { stepWork } from '../tensor/measured.ts';
import type { Phase, Program } from '../tensor/program.ts';
import { elementCount } from '../tensor/tensor.ts';

/** What a step must do at least, however it is computed. */
export interface StepWork {
  readonly layer: string;
  readonly phase: Phase;
  readonly operation: string;
  /** Floating-point operations of the direct algorithm: a multiply-add counts two. */
  readonly flops: number;
  /** Bytes of constants (weights) read once, as float32. */
  readonly constantBytes: number;
  /** Bytes of all else that is read or written, each once. */
  readonly activationBytes: number;
}

/** The work of every step that a run performs: what follows from constants alone is done once, before. */
export function workOf(program: Program): StepWork[] {
  const { steps, buffers } = program;
  return steps
    .filter(({ outputs }) => !outputs.every((id) => buffers[id]!.fixed))
    .map((step) => {
      const { flops, bytes } = stepWork(program, step);
      const constants = step.inputs.filter((id) => buffers[id]!.fixed);
      const constantBytes = constants.reduce((sum, id) => sum + 4 * elementCount(buffers[id]!.shape), 0);
      const { layer, phase, operation } = step;
      return { layer, phase, operation: operation.name, flops, constantBytes, activationBytes: bytes - constantBytes };
    });
}

/** Operations and bytes of a whole run. */
export interface TotalWork {
  readonly flops: number;
  readonly bytes: number;
}

export function totalWork(work: readonly StepWork[]): TotalWork {
  return {
    flops: work.reduce((sum, step) => sum + step.flops, 0),
    bytes: work.reduce((sum, step) => sum + step.constantBytes + step.activationBytes, 0),
  };
}
