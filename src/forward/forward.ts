import { SalientError } from '../error.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { activation } from '../kernels/activation/operation.ts';
import { concat, pad, slice, transpose } from '../kernels/arrange/operation.ts';
import { conv } from '../kernels/conv/operation.ts';
import { dense } from '../kernels/dense/operation.ts';
import { add, affine, multiply } from '../kernels/elementwise/operation.ts';
import { lrn } from '../kernels/lrn/operation.ts';
import { matmul } from '../kernels/matmul/operation.ts';
import { averagePool, maxPool } from '../kernels/pool/operation.ts';
import { reduceMean } from '../kernels/reduce/operation.ts';
import { PLAIN } from '../kernels/shared/maps.ts';
import { softmax } from '../kernels/softmax/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';

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
    builder.layer = node.name;
    const fusedInto = fused.get(node.outputs[0]!);
    if (node.op === 'Relu' && values.has(node.outputs[0]!)) continue;
    const outputs = addNode(builder, graph, node, node.inputs.map(value), fusedInto !== undefined);
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
    const [consumer, ...others] = consumers.get(output) ?? [];
    if (consumer?.op === 'Relu' && others.length === 0) fused.set(output, consumer.outputs[0]!);
  }
  return fused;
}

/** The nodes that read each value. */
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

function addNode(
  builder: ProgramBuilder,
  graph: Graph,
  node: GraphNode,
  inputs: readonly BufferId[],
  relu: boolean,
): BufferId[] {
  const name = node.outputs[0]!;
  const shape = graph.shapes.get(name)!;
  const epilogue = relu ? 'relu' : 'none';
  const bias = inputs.length > 2;
  switch (node.op) {
    case 'Conv':
      return builder.addAll(
        conv({
          window: node.window,
          groups: node.groups,
          algorithm: node.direct ? 'direct' : undefined,
          maps: PLAIN,
          bias,
          epilogue,
        }),
        inputs,
        name,
      );
    case 'Dense':
      return builder.addAll(dense({ layout: node.weights, maps: PLAIN, bias, epilogue }), inputs, name);
    case 'MatMul':
      return builder.addAll(matmul(), inputs, name);
    case 'MaxPool':
      return builder.addAll(maxPool({ window: node.window, output: planeOf(shape) }), inputs, name);
    case 'AveragePool': {
      const divisor = node.countIncludePad ? 'padded' : 'inside';
      return builder.addAll(averagePool({ window: node.window, output: planeOf(shape), divisor }), inputs, name);
    }
    case 'Relu':
      return builder.addAll(activation({ kind: 'relu' }), inputs, name);
    case 'LeakyRelu':
      return builder.addAll(activation({ kind: 'leaky-relu', alpha: node.alpha }), inputs, name);
    case 'Clip':
      return builder.addAll(activation({ kind: 'clip', min: node.min, max: node.max }), inputs, name);
    case 'Sigmoid':
      return builder.addAll(activation({ kind: 'sigmoid' }), inputs, name);
    case 'LRN': {
      const { size, alpha, beta, bias: k } = node;
      return builder.addAll(lrn({ size, alpha, beta, bias: k }), inputs, name);
    }
    case 'Affine':
      return builder.addAll(affine(), inputs, name);
    case 'Add':
      return builder.addAll(add(), inputs, name);
    case 'Mul':
      return builder.addAll(multiply(), inputs, name);
    case 'Concat':
      return builder.addAll(concat({ axis: node.axis }), inputs, name);
    case 'Split': {
      let start = 0;
      return node.outputs.map((output) => {
        const length = graph.shapes.get(output)![node.axis]!;
        const part = builder.add(slice({ axis: node.axis, start, length }), inputs, output);
        start += length;
        return part;
      });
    }
    case 'Pad':
      return builder.addAll(pad({ mode: node.mode, pads: node.pads, value: node.value }), inputs, name);
    case 'Reshape':
      return [builder.alias(inputs[0]!, shape, name)];
    case 'Transpose':
      return builder.addAll(transpose({ permutation: node.permutation }), inputs, name);
    case 'ReduceMean':
      return [builder.alias(builder.add(reduceMean({ axes: node.axes }), inputs, name), shape, name)];
    case 'Softmax':
      return builder.addAll(softmax({ axis: node.axis, log: node.log ?? false }), inputs, name);
  }
}

/** [H, W] of a shape [N,C,H,W]. */
export function planeOf(shape: readonly number[]): [number, number] {
  return [shape[2]!, shape[3]!];
}
