import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import type { Graph, GraphNode } from '../../src/graph/graph.ts';
import { type ParseOptions, parseModel } from '../../src/onnx/index.ts';
import { type AttributeDraft, type ModelDraft, modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';

/** A model with the input `x` and the output `y`, for tests. */
export function modelDraft(
  input: readonly (number | string)[],
  nodes: readonly NodeDraft[],
  initializers: readonly TensorSource[] = [],
  more: Partial<ModelDraft> = {},
): ModelDraft {
  return {
    name: 'test',
    inputs: [{ name: 'x', shape: input }],
    outputs: [{ name: 'y', shape: [] }],
    nodes,
    initializers,
    ...more,
  };
}

/** Parses {@link modelDraft}. */
export function parsed(
  input: readonly (number | string)[],
  nodes: readonly NodeDraft[],
  initializers: readonly TensorSource[] = [],
  more: Partial<ModelDraft> = {},
  options: ParseOptions = {},
): Promise<Graph> {
  return parseModel(modelBytes(modelDraft(input, nodes, initializers, more)), options);
}

/** A node from `x` (and constants) to `y`. */
export function node(
  op: string,
  attributes: Readonly<Record<string, AttributeDraft>> = {},
  inputs: readonly string[] = ['x'],
  outputs: readonly string[] = ['y'],
): NodeDraft {
  return { op, name: op.toLowerCase(), inputs, outputs, attributes };
}

/** A float32 initializer; without numbers 1, 2, 3, ... */
export function floats(name: string, shape: Shape, numbers?: readonly number[]): TensorSource {
  return sourceOf(
    name,
    shape,
    Float32Array.from(numbers ?? { length: elementCount(shape) }, (n, i) => n ?? i + 1),
  );
}

/** An int64 initializer. */
export function integers(name: string, numbers: readonly number[], shape: Shape = [numbers.length]): TensorSource {
  const bytes = new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
  return { name, shape, type: 'int64', bytes };
}

/** Node kinds in order. */
export function operators(graph: Graph): string[] {
  return graph.nodes.map(({ op }) => op);
}

/** The only node of a graph. */
export function onlyNode<O extends GraphNode['op']>(graph: Graph, op: O): Extract<GraphNode, { op: O }> {
  assert.equal(operators(graph), [op]);
  return graph.nodes[0] as Extract<GraphNode, { op: O }>;
}

/** Fails unless the promise rejects with a SalientError of this code whose message, one line, matches. */
export async function assertRefused(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, SalientError, `not a SalientError: ${error instanceof Error ? error.stack : error}`);
    const refusal = error as SalientError;
    assert.is(refusal.code, code, refusal.message);
    assert.match(refusal.message, message);
    assert.not.match(refusal.message, /\n/);
    return;
  }
  assert.unreachable(`nothing was refused; expected ${message}`);
}
