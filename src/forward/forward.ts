import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { consumersOf, loneRelu } from '../graph/questions.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { operatorOf } from './operators/table.ts';

export interface ForwardOptions {
  /**
   * Values that must exist by themselves. A convolution or dense layer that only a Relu reads is otherwise computed
   * together with it, and its own value never written.
   */
  readonly keep?: ReadonlySet<string>;
}

/** Where a forward pass left its values. */
export interface Forward {
  /** Buffer of a value by its name in the graph; a value fused away is missing. */
  readonly values: ReadonlyMap<string, BufferId>;
  /** Winners of each MaxPool, by node name. */
  readonly winners: ReadonlyMap<string, BufferId>;
}

/** Adds the steps that compute all of a graph's values from its inputs, whose program inputs get their names. */
export function addForward(builder: ProgramBuilder, graph: Graph, options: ForwardOptions = {}): Forward {
  const values = new Map<string, BufferId>();
  const winners = new Map<string, BufferId>();
  for (const { name, shape } of graph.inputs) values.set(name, builder.input(name, shape));
  const fused = fusedActivations(graph, options.keep ?? new Set());
  const value = (name: string): BufferId => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const source = graph.constants.get(name);
    if (source === undefined) throw new SalientError('bad-model', `value "${name}" is read, but nothing computes it`);
    const constant = builder.constant(source);
    values.set(name, constant);
    return constant;
  };
  builder.phase = 'forward';
  for (const node of graph.nodes) {
    const [output] = node.outputs as [string];
    builder.layer = node.name;
    if (node.op === 'Relu' && values.has(output)) continue;
    const fusedInto = fused.get(output);
    const inputs = node.inputs.map(value);
    const outputs = operatorOf(node).forward({ builder, graph, node, inputs, relu: fusedInto !== undefined });
    if (fusedInto !== undefined) values.set(fusedInto, outputs[0]!);
    else for (const [index, name] of node.outputs.entries()) values.set(name, outputs[index]!);
    if (node.op === 'MaxPool') winners.set(node.name, outputs[1]!);
  }
  return { values, winners };
}

/** Values of convolutions and dense layers that only a Relu reads, with the Relu's output. */
function fusedActivations(graph: Graph, keep: ReadonlySet<string>): Map<string, string> {
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const fused = new Map<string, string>();
  for (const node of graph.nodes) {
    const [output] = node.outputs as [string];
    if ((node.op !== 'Conv' && node.op !== 'Dense') || keep.has(output) || outputs.has(output)) continue;
    const relu = loneRelu(output, consumers);
    if (relu !== undefined) fused.set(output, relu.outputs[0]!);
  }
  return fused;
}
