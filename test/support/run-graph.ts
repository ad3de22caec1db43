import { forwardProgram } from '../../src/forward/program.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import type { Floats, Tensor } from '../../src/tensor/tensor.ts';

/** Runs a graph on the reference device; returns its outputs by name. */
export async function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, Floats>,
): Promise<ReadonlyMap<string, Tensor>> {
  using device = openReferenceDevice();
  using executable = await device.prepare(forwardProgram(graph));
  return (await executable.run(inputs)).outputs;
}
