import type { ReverseStep } from '../forward/operators/operator.ts';
import { summedTo } from '../forward/operators/operator.ts';
import { OPERATORS } from '../forward/operators/table.ts';
import type { Graph, GraphNode, NodeOf } from '../graph/graph.ts';
import { producersOf } from '../graph/questions.ts';
import { add, broadcastTo, multiply, sumTo } from '../kernels/elementwise/operation.ts';
import { quotient, type Stabilizer } from '../kernels/quotient/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import type { ProductRule } from './composite.ts';

/*
 * Relevance through products of two activations and through a softmax between them: gates (squeeze and excitation,
 * SiLU) and attention. Sources: AttnLRP (Achtibat et al. 2024), propositions 3.1 (softmax), 3.3 and 3.4 (products);
 * signal-takes-all: Arras et al. 2017.
 */

/** x·y: half of what arrived for each factor, or all for one of them; a constant factor takes nothing. */
export function multiplyHandler(
  { builder, graph, node, arriving, shape, isConstant }: ReverseStep<NodeOf<'Mul'>>,
  rule: ProductRule,
): (BufferId | undefined)[] {
  const factors = node.inputs.filter((input) => !isConstant(input));
  const signal = signalOf(graph, node, rule);
  const share = signal === undefined && factors.length > 1 ? scaled(builder, arriving, 0.5) : arriving;
  return node.inputs.map((input) => {
    if (isConstant(input) || (signal !== undefined && input !== signal)) return undefined;
    return summedTo(builder, share, shape(input));
  });
}

/** Y = A·B: R_A = A ⊙ (s·Bᵀ) and R_B = B ⊙ (Aᵀ·s), s = R/(2·stab(Y)); with a signal s = R/stab(Y), for it alone. */
export function matmulHandler(
  step: ReverseStep<NodeOf<'MatMul'>>,
  rule: ProductRule,
  stabilizer: Stabilizer,
): (BufferId | undefined)[] {
  const { builder, graph, node, arriving, value } = step;
  const signal = signalOf(graph, node, rule);
  const division = quotient({ scales: [signal === undefined ? 0.5 : 1], stabilizer, groups: 1 });
  const s = builder.add(division, [arriving, value(node.outputs[0]!)]);
  return OPERATORS.MatMul.adjoint({ ...step, arriving: s }).map((back, index) => {
    const input = node.inputs[index]!;
    if (signal !== undefined && input !== signal) return undefined;
    return builder.add(multiply(), [back!, value(input)]);
  });
}

/**
 * Softmax y of x, by its first-order Taylor polynomial: R_i = x_i·(R_i − y_i·Σ_j R_j). A logarithm of it passes relevance
 * on as it is.
 */
export function softmaxHandler({ builder, node, arriving, value }: ReverseStep<NodeOf<'Softmax'>>): BufferId[] {
  if (node.log) return [arriving];
  const whole = builder.shape(arriving);
  const one = whole.map((extent, axis) => (axis === node.axis ? 1 : extent));
  const total = scaled(builder, builder.add(sumTo({ shape: one }), [arriving]), -1);
  const kept = builder.add(multiply(), [value(node.outputs[0]!), total]);
  return [builder.add(multiply(), [builder.add(add(), [arriving, kept]), value(node.inputs[0]!)])];
}

/** The factor that takes all relevance: of a quotient the dividend; by the rule `signal` the one that is no gate. */
function signalOf(graph: Graph, node: NodeOf<'Mul' | 'MatMul'>, rule: ProductRule): string | undefined {
  if (node.op === 'Mul' && node.signal !== undefined) return node.inputs[node.signal];
  if (rule === 'uniform' || node.inputs.length !== 2) return undefined;
  const producers = producersOf(graph);
  const signals = node.inputs.filter((input) => !graph.constants.has(input) && !isGate(input, producers));
  return signals.length === 1 ? signals[0] : undefined;
}

function isGate(value: string, producers: ReadonlyMap<string, GraphNode>): boolean {
  let node = producers.get(value);
  while (node?.op === 'Reshape' || node?.op === 'Transpose') node = producers.get(node.inputs[0]!);
  if (node?.op === 'Elementwise') return node.fn.kind === 'hard-sigmoid';
  return node?.op === 'Sigmoid' || node?.op === 'Softmax';
}

function scaled(builder: ProgramBuilder, buffer: BufferId, factor: number): BufferId {
  return builder.add(broadcastTo({ shape: builder.shape(buffer), factor }), [buffer]);
}
