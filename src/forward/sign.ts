import type { Graph } from '../graph/graph.ts';
import { operatorOf } from './operators/table.ts';

/** Values that can never be negative, whatever the input. Nothing is known of a graph's inputs and constants. */
export function nonNegativeValues(graph: Graph): Set<string> {
  const known = new Set<string>();
  for (const node of graph.nodes) {
    if (operatorOf(node).nonNegative(node, known)) for (const name of node.outputs) known.add(name);
  }
  return known;
}
