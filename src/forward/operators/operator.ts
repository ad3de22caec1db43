import type { Graph, GraphNode, GraphOp, NodeOf } from '../../graph/graph.ts';
import { sumTo } from '../../kernels/elementwise/operation.ts';
import type { BufferId, ProgramBuilder } from '../../tensor/program.ts';
import { type Shape, sameShape } from '../../tensor/tensor.ts';

/** One node's turn in the forward pass. */
export interface ForwardStep<Node extends GraphNode> {
  readonly builder: ProgramBuilder;
  readonly graph: Graph;
  readonly node: Node;
  /** Buffers of the node's inputs. */
  readonly inputs: readonly BufferId[];
  /** Compute max(y, 0) for the Relu that alone reads the output y; asked of Conv and Dense only. */
  readonly relu: boolean;
}

/** One node's turn on the way back: what arrived at its outputs, and what the forward pass left. */
export interface ReverseStep<Node extends GraphNode> {
  readonly builder: ProgramBuilder;
  readonly graph: Graph;
  readonly node: Node;
  /** What arrived at each output; nothing where the start does not depend on it. */
  readonly arrived: readonly (BufferId | undefined)[];
  /** What arrived at the first output at which anything did: the only one, but for a Split. */
  readonly arriving: BufferId;
  /** Winners [N,C,H',W'] of a MaxPool. */
  readonly winners: BufferId | undefined;
  /** The buffer of a value that the forward pass computed, or of a constant. */
  value(name: string): BufferId;
  shape(name: string): Shape;
  isConstant(name: string): boolean;
}

/**
 * Adds the steps that take what arrived at a node's outputs back to its inputs. Returns what goes to each input, in
 * their order; an input that gets nothing may be left out at the end. What goes to a constant is dropped.
 */
export type Handler<Op extends GraphOp> = (step: ReverseStep<NodeOf<Op>>) => readonly (BufferId | undefined)[];

/** All that is decided for one operator of the graph. */
export interface Operator<Op extends GraphOp> {
  /** Adds the steps that compute the node; returns its outputs (and after them, for MaxPool, the winners). */
  forward(step: ForwardStep<NodeOf<Op>>): BufferId[];
  /** Whether no output can be negative, where the values in `known` cannot. */
  nonNegative(node: NodeOf<Op>, known: ReadonlySet<string>): boolean;
  /**
   * The adjoint of the node's derivative at its inputs: from the gradient of each output to that of each input (a
   * vector-Jacobian product).
   */
  readonly adjoint: Handler<Op>;
}

/** Whether no input can be negative: the answer of operators that only choose, move or average numbers. */
export function asInputs(node: GraphNode, known: ReadonlySet<string>): boolean {
  return node.inputs.every((input) => known.has(input));
}

/** Sums over the axes along which a value of this shape was broadcast. */
export function summedTo(builder: ProgramBuilder, buffer: BufferId, shape: Shape): BufferId {
  return sameShape(builder.shape(buffer), shape) ? buffer : builder.add(sumTo({ shape }), [buffer]);
}
