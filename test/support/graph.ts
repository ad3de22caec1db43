import type { Graph, GraphNode } from '../../src/graph/graph.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import type { Shape } from '../../src/tensor/tensor.ts';

/** A graph with one input `x` and one output, for tests: constants by name, and the shape of every value. */
export function graphOf(
  input: Shape,
  nodes: readonly GraphNode[],
  shapes: Readonly<Record<string, Shape>>,
  constants: Readonly<Record<string, TensorSource>> = {},
): Graph {
  const output = nodes.at(-1)!.outputs[0]!;
  return {
    name: 'test',
    inputs: [{ name: 'x', shape: input }],
    outputs: [{ name: output, shape: shapes[output]! }],
    nodes,
    constants: new Map(Object.entries(constants)),
    shapes: new Map([
      ['x', input],
      ...Object.entries(shapes),
      ...Object.entries(constants).map(([name, { shape }]) => [name, shape] as const),
    ]),
  };
}

/** A float32 constant. */
export function constant(name: string, shape: Shape, numbers: readonly number[]): TensorSource {
  return sourceOf(name, shape, Float32Array.from(numbers));
}
