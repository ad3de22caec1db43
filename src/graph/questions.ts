import { SalientError } from '../error.ts';
import type { Shape } from '../tensor/tensor.ts';
import type { Graph, GraphNode, NodeOf } from './graph.ts';

/** The nodes that read each value, in graph order. */
export function consumersOf(graph: Graph): Map<string, GraphNode[]> {
  const consumers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      const readers = consumers.get(input);
      if (readers) readers.push(node);
      else consumers.set(input, [node]);
    }
  }
  return consumers;
}

/** The node that computes each value. */
export function producersOf(graph: Graph): Map<string, GraphNode> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** The nodes that depend on a value, directly or through others. */
export function dependentsOf(graph: Graph, value: string): Set<GraphNode> {
  const reached = new Set([value]);
  const dependents = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => reached.has(input))) continue;
    dependents.add(node);
    for (const output of node.outputs) reached.add(output);
  }
  return dependents;
}

/** The Relu that alone reads a value. */
export function loneRelu(
  value: string,
  consumers: ReadonlyMap<string, readonly GraphNode[]>,
): NodeOf<'Relu'> | undefined {
  const [reader, ...others] = consumers.get(value) ?? [];
  return reader?.op === 'Relu' && others.length === 0 ? reader : undefined;
}

/**
 * The value of this name, or the first output of the node of this name.
 * @throws SalientError 'bad-argument' where there is neither
 */
export function valueNamed(graph: Graph, name: string): string {
  if (graph.shapes.has(name)) return name;
  const node = graph.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    throw new SalientError(
      'bad-argument',
      `the network has no layer or value "${name}"; see \`salient model inspect\``,
    );
  }
  return node.outputs[0]!;
}

/** [H, W] of a shape [N,C,H,W]. */
export function planeOf(shape: Shape): [number, number] {
  return [shape[2]!, shape[3]!];
}
