import { explainProgram } from '../explain/explain-program.ts';
import type { Graph } from '../graph/graph.ts';
import { composite } from '../lrp/composite.ts';
import { syntheticInput } from '../onnx/synthetic.ts';
import type { Program } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Bounds of z-box: about what black and white become in ImageNet's preprocessing. */
const BOUNDS = { low: [-2.2], high: [2.7] };

/** A batch of different preprocessed images for a graph's one input: noise, no zeros. */
export function inputBatch(graph: Graph): Tensor<Float32Array> {
  const { name, shape } = graph.inputs[0]!;
  return { shape, data: syntheticInput(`bench.${name}`, shape) };
}

/** Forward pass and LRP of a graph, started from each image's predicted class; no SR map. */
export function relevanceProgram(graph: Graph, compositeName: string): Program {
  return explainProgram(graph, {
    composite: composite(compositeName, BOUNDS),
    ways: [{ start: { target: 'predicted', init: 'logit' } }],
    saliency: false,
    record: [],
  }).program;
}
