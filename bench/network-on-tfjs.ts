import type { Graph, GraphNode, NodeOf } from '../src/graph/graph.ts';
import { consumersOf } from '../src/graph/questions.ts';
import { toFloat32 } from '../src/tensor/source.ts';
import type { Shape } from '../src/tensor/tensor.ts';
import type { Window } from '../src/tensor/window.ts';
import { permuted, TO_CHANNELS_FIRST, TO_CHANNELS_INNERMOST, TO_CHANNELS_LAST } from './permuted.ts';
import type { Tf, TfActivation, TfPads, TfTensor } from './tfjs.ts';

/** One node, or two where the second is fused into the first: from values by name to the value named `output`. */
interface Step {
  readonly output: string;
  readonly compute: (values: ReadonlyMap<string, TfTensor>) => TfTensor;
}

/**
 * A graph's forward pass in TensorFlow.js: gives the output for an input [N,H,W,C]. Values of four axes are [N,H,W,C],
 * others as in the graph; weights are laid out here, once. Relu and Clip(0, 6) are fused into the layer before them.
 * @throws where it has an operator, or an attribute, that the networks of the benchmark have not.
 */
export function networkOnTfjs(tf: Tf, graph: Graph): (input: TfTensor) => TfTensor {
  const builder = new Builder(tf, graph);
  const steps: Step[] = [];
  const done = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (done.has(node)) continue;
    const next = builder.fusedInto(node);
    if (next !== undefined) done.add(next.node);
    const output = (next?.node ?? node).outputs[0]!;
    steps.push({ output, compute: builder.compute(node, next?.activation) });
  }
  const [given, wanted] = [graph.inputs[0]!.name, graph.outputs[0]!];
  return (input) =>
    tf.tidy(() => {
      const values = new Map([[given, input]]);
      for (const { output, compute } of steps) values.set(output, compute(values));
      const result = values.get(wanted.name)!;
      return wanted.shape.length === 4 ? tf.transpose(result, TO_CHANNELS_FIRST) : result;
    });
}

class Builder {
  readonly #tf: Tf;
  readonly #graph: Graph;
  readonly #consumers: ReadonlyMap<string, readonly GraphNode[]>;

  constructor(tf: Tf, graph: Graph) {
    this.#tf = tf;
    this.#graph = graph;
    this.#consumers = consumersOf(graph);
  }

  /** The activation that alone reads the node's output, where TensorFlow.js has a fused form. */
  fusedInto(node: GraphNode): { readonly node: GraphNode; readonly activation: TfActivation } | undefined {
    const output = node.outputs[0]!;
    const [reader, ...others] = this.#consumers.get(output) ?? [];
    if (reader === undefined || others.length > 0 || (node.op !== 'Conv' && node.op !== 'Dense')) return undefined;
    if (this.#graph.outputs.some(({ name }) => name === output)) return undefined;
    if (reader.op === 'Relu') return { node: reader, activation: 'relu' };
    if (reader.op === 'Clip' && isRelu6(reader)) return { node: reader, activation: 'relu6' };
    return undefined;
  }

  compute(node: GraphNode, activation: TfActivation | undefined): Step['compute'] {
    const tf = this.#tf;
    const inputs = (values: ReadonlyMap<string, TfTensor>) =>
      node.inputs.map((name) => values.get(name) ?? refuse(node, `its input ${name} is a constant`));
    const shape = this.#shape(node.outputs[0]!);
    switch (node.op) {
      case 'Conv':
        return this.#convolution(node, activation);
      case 'Dense':
        return this.#dense(node, activation);
      case 'MaxPool':
      case 'AveragePool': {
        const { kernel, strides, dilations } = node.window;
        if (dilations.some((one) => one !== 1)) refuse(node, 'it is dilated');
        const pads = padsOf(node.window, this.#shape(node.inputs[0]!), shape);
        const padded = pads.flat().some((one) => one > 0);
        if (node.op === 'AveragePool' && node.countIncludePad && padded) refuse(node, 'it counts its padding');
        const pool = node.op === 'MaxPool' ? tf.maxPool : tf.avgPool;
        return (values) => pool(inputs(values)[0]!, kernel, strides, pads);
      }
      case 'Relu':
        return (values) => tf.relu(inputs(values)[0]!);
      case 'Clip':
        if (isRelu6(node)) return (values) => tf.relu6(inputs(values)[0]!);
        return (values) => tf.clipByValue(inputs(values)[0]!, node.min, node.max);
      case 'Add':
        if (node.inputs.some((name) => this.#shape(name).join() !== shape.join())) refuse(node, 'it broadcasts');
        return (values) => inputs(values).reduce((sum, summand) => tf.add(sum, summand));
      case 'Concat':
        return (values) => tf.concat(inputs(values), axisOf(node.axis, shape));
      case 'ReduceMean': {
        const from = this.#shape(node.inputs[0]!);
        const kept = shape.length === from.length;
        if (!kept && shape.length === 4) refuse(node, 'it leaves four axes of five');
        return (values) =>
          tf.mean(
            inputs(values)[0]!,
            node.axes.map((axis) => axisOf(axis, from)),
            kept,
          );
      }
      case 'Reshape': {
        const [, , height = 1, width = 1] = this.#shape(node.inputs[0]!);
        if (shape.length === 4) refuse(node, 'it gives four axes');
        if (height * width === 1) return (values) => tf.reshape(inputs(values)[0]!, shape);
        return (values) => tf.reshape(tf.transpose(inputs(values)[0]!, TO_CHANNELS_FIRST), shape);
      }
      default:
        return refuse(node, 'this peer has no such operator');
    }
  }

  #convolution(node: NodeOf<'Conv'>, activation: TfActivation | undefined): Step['compute'] {
    const tf = this.#tf;
    const { window, groups } = node;
    const [x, w, b] = node.inputs;
    const [outputs = 0, perGroup = 0] = this.#shape(w!);
    const depthwise = groups > 1;
    if (depthwise && perGroup !== 1) refuse(node, `it has ${groups} groups of ${perGroup} channels`);
    // A depthwise filter is [H,W,I,M], where output i·M + m reads input i.
    const [height, width] = window.kernel;
    const { shape, data } = this.#permuted(w!, TO_CHANNELS_INNERMOST);
    const filter = tf.tensor(data, depthwise ? [height, width, groups, outputs / groups] : shape);
    const bias = b === undefined ? undefined : tf.tensor(this.#numbers(b), [outputs]);
    const { strides, dilations } = window;
    const pad = padsOf(window, this.#shape(x!), this.#shape(node.outputs[0]!));
    const layer = { filter, strides, pad, dataFormat: 'NHWC', dilations, bias, activation } as const;
    const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
    return (values) => convolve({ x: values.get(x!)!, ...layer });
  }

  #dense(node: NodeOf<'Dense'>, activation: TfActivation | undefined): Step['compute'] {
    const tf = this.#tf;
    const [x, w, b] = node.inputs;
    if (this.#shape(x!).length !== 2) refuse(node, 'its input has not two axes');
    const { shape, data } = node.weights === 'oi' ? this.#permuted(w!, [1, 0]) : this.#permuted(w!, [0, 1]);
    const weights = tf.tensor(data, shape);
    const bias = b === undefined ? undefined : tf.tensor(this.#numbers(b), [shape[1]!]);
    return (values) => tf.fused.matMul({ a: values.get(x!)!, b: weights, bias, activation });
  }

  #shape(name: string): Shape {
    return this.#graph.shapes.get(name)!;
  }

  #numbers(name: string): Float32Array {
    return toFloat32(this.#graph.constants.get(name)!);
  }

  #permuted(name: string, permutation: readonly number[]): ReturnType<typeof permuted> {
    return permuted({ shape: this.#shape(name), data: this.#numbers(name) }, permutation);
  }
}

/** The window's padding, as far as its last position reaches. */
function padsOf({ kernel, strides, dilations, pads }: Window, from: Shape, to: Shape): TfPads {
  const along = (axis: 0 | 1) => {
    const reach = (to[2 + axis]! - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1;
    return [pads[axis], Math.max(pads[axis + 2]!, reach - pads[axis] - from[2 + axis]!)] as const;
  };
  return [[0, 0], along(0), along(1), [0, 0]];
}

const isRelu6 = ({ min, max }: NodeOf<'Clip'>): boolean => min === 0 && max === 6;

/** An axis of the graph's value, as it lies here. */
const axisOf = (axis: number, shape: Shape): number => (shape.length === 4 ? TO_CHANNELS_LAST.indexOf(axis) : axis);

function refuse({ op, name }: GraphNode, reason: string): never {
  throw new Error(`cannot build ${op} "${name}": ${reason}`);
}

/** An image batch [N,C,H,W] as {@link networkOnTfjs} reads it. */
export const channelsLast = (image: Parameters<typeof permuted>[0]): ReturnType<typeof permuted> =>
  permuted(image, TO_CHANNELS_LAST);
