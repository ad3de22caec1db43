import type { Graph, GraphNode } from '../graph/graph.ts';
import { planeOf } from '../graph/questions.ts';
import { maxPool } from '../kernels/pool/operation.ts';
import type { Explanation } from '../model/explanation.ts';
import { elementCount, type Floats, type Tensor } from '../tensor/tensor.ts';
import { type Disagreement, elementOn, indexOf, type Pair } from './disagreement.ts';

/**
 * Windows of a max pooling whose maximum stands elsewhere on the other device: rounding decided between nearly equal
 * values, and the window's whole relevance goes to another pixel.
 */
export interface PoolFlips {
  readonly layer: string;
  readonly count: number;
  /** ‖R of these windows‖₂/‖R of all windows‖₂, on b. */
  readonly share: number;
  /** The window that moves most relevance. */
  readonly largest: PoolFlip;
}

/** One pooling window with different winners on two devices. */
export interface PoolFlip {
  readonly sample: number;
  /** Of the window, in the pooling's output without the batch. */
  readonly index: readonly number[];
  /** What the window hands down, on b. */
  readonly relevance: number;
  /** The elements of the pooling's input that won on a and on b. */
  readonly winners: Pair<Disagreement>;
}

/** The flips of all max poolings whose inputs and outputs are recorded. */
export function poolFlips(graph: Graph, explanations: Pair<readonly Explanation[]>): PoolFlips[] {
  return graph.nodes.flatMap((node) => {
    if (node.op !== 'MaxPool') return [];
    const [inputName, outputName] = [node.inputs[0]!, node.outputs[0]!];
    const recorded = explanations.b[0]?.recorded;
    if (!recorded?.has(inputName) || !recorded.has(outputName)) return [];
    const input = (explanation: Explanation) => explanation.recorded.get(inputName)!.activation;
    const inputs = { a: explanations.a.map(input), b: explanations.b.map(input) };
    const relevance = explanations.b.map(({ recorded }) => recorded.get(outputName)!.relevance);
    return flipsOf(node, inputs, relevance) ?? [];
  });
}

function flipsOf(
  node: GraphNode & { op: 'MaxPool' },
  inputs: Pair<readonly Tensor[]>,
  relevances: readonly (Tensor | undefined)[],
): PoolFlips | undefined {
  let [count, moved, norm] = [0, 0, 0];
  let largest: PoolFlip | undefined;
  for (const [sample, relevance] of relevances.entries()) {
    if (relevance === undefined) continue;
    const [a, b] = [winnersOf(node, inputs.a[sample]!, relevance), winnersOf(node, inputs.b[sample]!, relevance)];
    const [, height, width] = inputs.b[sample]!.shape as [number, number, number];
    for (const [window, amount] of relevance.data.entries()) {
      norm += amount ** 2;
      if (a[window] === b[window]) continue;
      count++;
      moved += amount ** 2;
      if (largest !== undefined && Math.abs(amount) <= Math.abs(largest.relevance)) continue;
      const index = indexOf(relevance.shape, window);
      const winner = (position: number) => elementOn(inputs, sample, index[0]! * height * width + position);
      largest = { sample, index, relevance: amount, winners: { a: winner(a[window]!), b: winner(b[window]!) } };
    }
  }
  if (largest === undefined) return undefined;
  return { layer: node.name, count, share: norm === 0 ? 0 : Math.sqrt(moved / norm), largest };
}

/** The winner of each window, as {@link maxPool} chooses it. */
function winnersOf({ window }: GraphNode & { op: 'MaxPool' }, input: Tensor, output: Tensor): Floats {
  const shape = [1, ...output.shape];
  const outputs = [0, 1].map(() => ({ shape, data: new Float64Array(elementCount(shape)) }));
  const pool = maxPool({ window, output: planeOf(shape) });
  pool.reference([{ shape: [1, ...input.shape], data: input.data }], outputs);
  return outputs[1]!.data;
}
