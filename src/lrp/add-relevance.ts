import type { Forward } from '../forward/forward.ts';
import type { Graph } from '../graph/graph.ts';
import { addReverse, type ReverseOptions } from '../reverse/add-reverse.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import type { RelevanceAnalysis } from './analysis.ts';
import { relevanceHandlers } from './handlers.ts';
import { LedgerBuilder } from './ledger-builder.ts';

/** Where relevance is after the way back. */
export interface Relevance {
  /** Relevance of each value that it reached, by the value's name. */
  readonly relevance: ReadonlyMap<string, BufferId>;
  readonly ledger: LedgerBuilder;
}

/**
 * Adds layer-wise relevance propagation: from the starts to every value they depend on. Definitions: docs/lrp.md.
 * @throws SalientError 'unsupported' naming a product of two activations
 */
export function addRelevance(
  builder: ProgramBuilder,
  graph: Graph,
  forward: Forward,
  analysis: RelevanceAnalysis,
  way: Pick<ReverseOptions, 'starts' | 'channels' | 'stop'>,
): Relevance {
  builder.phase = 'relevance';
  const ledger = new LedgerBuilder(builder);
  const relevance = addReverse(builder, graph, forward, {
    handlers: relevanceHandlers(analysis, ledger),
    ...way,
    onNode(node, arrived, given) {
      // A Reshape keeps nothing back: its line would say what its neighbour's says.
      if (node.op !== 'Reshape') ledger.entry(node, arrived, given);
    },
  });
  return { relevance, ledger };
}
