import type { Handler } from '../forward/operators/operator.ts';
import { OPERATORS } from '../forward/operators/table.ts';
import type { GraphOp } from '../graph/graph.ts';
import type { BufferId } from '../tensor/program.ts';

export type { Handler, ReverseStep } from '../forward/operators/operator.ts';

/** What a method does at each operator of the graph: the whole of what tells one method from another. */
export type Handlers = { readonly [Op in GraphOp]: Handler<Op> };

/** Operators that only move numbers, with their adjoints: every method goes back through them in this way. */
export const STRUCTURAL = {
  Concat: OPERATORS.Concat.adjoint,
  Split: OPERATORS.Split.adjoint,
  Pad: OPERATORS.Pad.adjoint,
  Reshape: OPERATORS.Reshape.adjoint,
  Transpose: OPERATORS.Transpose.adjoint,
} satisfies Partial<Handlers>;

/** What arrived goes on to the first input as it is. */
export const pass = ({ arriving }: { readonly arriving: BufferId }): BufferId[] => [arriving];
