import type { Graph } from '../../src/graph.ts';
import { addForward } from '../../src/plan/forward.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import type { Floats, Tensor } from '../../src/tensor/tensor.ts';

/** Runs a graph on the reference device; returns its outputs by name. */
export async function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, Floats>,
): Promise<ReadonlyMap<string, Tensor>> {
  const builder = new ProgramBuilder();
  const { values } = addForward(builder, graph);
  for (const { name } of graph.outputs) {
    builder.output(name, values.get(name) ?? builder.constant(graph.constants.get(name)!));
  }
  using device = openReferenceDevice();
  using executable = await device.prepare(builder.build());
  return (await executable.run(inputs)).outputs;
}
