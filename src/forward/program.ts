import type { Graph } from '../graph/graph.ts';
import { type Program, ProgramBuilder } from '../tensor/program.ts';
import { addForward } from './forward.ts';

/**
 * A forward pass as a program: inputs by their names; outputs by theirs, and `capture` names values whose activations
 * are wanted too.
 */
export function forwardProgram(graph: Graph, capture: readonly string[] = []): Program {
  const builder = new ProgramBuilder();
  const { values } = addForward(builder, graph, { keep: new Set(capture) });
  for (const name of [...graph.outputs.map((output) => output.name), ...capture]) {
    const value = values.get(name);
    const constant = graph.constants.get(name);
    if (value !== undefined) builder.output(name, value);
    else if (constant !== undefined) builder.output(name, builder.constant(constant));
  }
  return builder.build();
}
