import type { GraphNode } from '../graph/graph.ts';
import { toFloat64 } from '../tensor/source.ts';
import { elementCount, type Shape, sameShape } from '../tensor/tensor.ts';
import type { GraphBuilder } from './builder.ts';
import { float64Constant, renamed } from './constants.ts';

/** A node that scales and shifts each channel: y = x·scale + shift. */
interface ChannelMap {
  readonly x: string;
  /** Constants that hold one number, or one for each channel. */
  readonly scale: string | undefined;
  readonly shift: string | undefined;
}

/** A node into which a channel map can go, and the axis of its output that it counts as channels. */
type Linear = Extract<GraphNode, { op: 'Conv' | 'Dense' | 'Affine' }>;

/**
 * Merges batch normalisations, and sums and products with a constant per channel, into the Conv, Dense or Affine
 * before them, where nothing else reads its output; elsewhere the latter become Affines, as a batch normalisation
 * written in two steps is one. Computed in float64, to be rounded once.
 *
 * @param outputs the graph's outputs.
 */
export function mergeChannelMaps(
  nodes: readonly GraphNode[],
  builder: GraphBuilder,
  outputs: ReadonlySet<string>,
): GraphNode[] {
  const reads = new Map<string, number>();
  for (const name of nodes.flatMap((node) => node.inputs)) reads.set(name, (reads.get(name) ?? 0) + 1);
  const merged: GraphNode[] = [];
  const makers = new Map<string, number>();
  for (const node of nodes) {
    const [output] = node.outputs;
    const map = channelMap(node, builder);
    const maker = map && makers.get(map.x);
    const linear = maker === undefined ? undefined : merged[maker]!;
    if (
      map !== undefined &&
      maker !== undefined &&
      isLinear(linear) &&
      reads.get(map.x) === 1 &&
      !outputs.has(map.x) &&
      fits(node, map, linear, builder)
    ) {
      merged[maker] = mergeInto(linear, map, output!, builder);
      makers.set(output!, maker);
      continue;
    }
    const parts = map === undefined || node.op === 'Affine' ? [node] : asAffine(node, map, builder);
    merged.push(...parts);
    for (const [index, part] of parts.entries()) {
      for (const name of part.outputs) makers.set(name, merged.length - parts.length + index);
    }
  }
  return merged;
}

function isLinear(node: GraphNode | undefined): node is Linear {
  return node?.op === 'Conv' || node?.op === 'Dense' || node?.op === 'Affine';
}

function channelMap(node: GraphNode, builder: GraphBuilder): ChannelMap | undefined {
  if (node.op === 'Affine') return { x: node.inputs[0]!, scale: node.inputs[1]!, shift: node.inputs[2]! };
  if ((node.op !== 'Add' && node.op !== 'Mul') || node.inputs.length !== 2) return undefined;
  const constant = node.inputs.find((name) => builder.isConstant(name));
  const x = node.inputs.find((name) => !builder.isConstant(name));
  if (constant === undefined || x === undefined) return undefined;
  return node.op === 'Add' ? { x, scale: undefined, shift: constant } : { x, scale: constant, shift: undefined };
}

/**
 * A sum or product with a constant per channel as the Affine it is; other nodes as they are. Channels behind axis 1 (rows
 * of features) are reached by a Reshape to [N, everything].
 */
function asAffine(node: GraphNode, { x, scale, shift }: ChannelMap, builder: GraphBuilder): GraphNode[] {
  const shape = builder.shapes.get(x)!;
  const constant = (scale ?? shift)!;
  const own = builder.shapes.get(constant)!;
  const axis = shape.findIndex((_, at) => at > 0 && isPerChannel(own, shape, at));
  if (axis < 0 || !sameShape(shape, builder.shapes.get(node.outputs[0]!)!)) return [node];
  const [output] = node.outputs as [string];
  const flat = axis === 1 ? undefined : [shape[0]!, elementCount(shape.slice(1))];
  const channels = (flat ?? shape)[1]!;
  const given = toFloat64(builder.constant(constant)!);
  const inner = flat === undefined ? 1 : elementCount(shape.slice(axis + 1));
  const numbers = Float64Array.from({ length: channels }, (_, c) => given[Math.floor(c / inner) % given.length]!);
  const vector = (part: string, values: Float64Array): string => {
    const name = builder.freshValue(`${node.name}/${part}`);
    builder.setConstant(name, [channels], float64Constant(name, [channels], values));
    return name;
  };
  const scales = vector('scale', scale === undefined ? new Float64Array(channels).fill(1) : numbers);
  const shifts = vector('shift', shift === undefined ? new Float64Array(channels) : numbers);
  if (flat === undefined) return [{ op: 'Affine', name: node.name, inputs: [x, scales, shifts], outputs: [output] }];
  const [rows, mapped] = ['rows', 'mapped'].map((part) => {
    const name = builder.freshValue(`${output}/${part}`);
    builder.setShape(name, flat, node.name);
    return name;
  }) as [string, string];
  return [
    { op: 'Reshape', name: `${node.name}/rows`, inputs: [x], outputs: [rows] },
    { op: 'Affine', name: node.name, inputs: [rows, scales, shifts], outputs: [mapped] },
    { op: 'Reshape', name: `${node.name}/shape`, inputs: [mapped], outputs: [output] },
  ];
}

function fits(node: GraphNode, { x, scale, shift }: ChannelMap, linear: Linear, builder: GraphBuilder): boolean {
  const shape = builder.shapes.get(x)!;
  if (!sameShape(shape, builder.shapes.get(node.outputs[0]!)!)) return false;
  const channelAxis = linear.op === 'Dense' ? shape.length - 1 : 1;
  if (node.op === 'Affine') return channelAxis === 1;
  return isPerChannel(builder.shapes.get((scale ?? shift)!)!, shape, channelAxis);
}

/** Whether a tensor, broadcast to `shape`, varies along one axis at most. */
function isPerChannel(constant: Shape, shape: Shape, axis: number): boolean {
  const lead = shape.length - constant.length;
  return constant.every((extent, at) => extent === 1 || (at + lead === axis && extent === shape[axis]));
}

function mergeInto(linear: Linear, { scale, shift }: ChannelMap, output: string, builder: GraphBuilder): GraphNode {
  const [x, weights, bias] = linear.inputs as [string, string, string?];
  const channels = channelCount(linear, builder.shapes.get(weights)!);
  const scales = scale === undefined ? undefined : perChannel(builder, scale, channels);
  const inputs = [x, scales === undefined ? weights : scaledWeights(builder, linear, weights, scales)];
  if (bias !== undefined || shift !== undefined)
    inputs.push(mergedBias(builder, linear, channels, bias, scales, shift));
  return { ...linear, inputs, outputs: [output] };
}

function channelCount(linear: Linear, weights: Shape): number {
  return linear.op === 'Dense' && linear.weights === 'io' ? weights[1]! : weights[0]!;
}

/** One number for each channel. */
function perChannel(builder: GraphBuilder, constant: string, channels: number): Float64Array {
  const numbers = toFloat64(builder.constant(constant)!);
  return numbers.length === channels ? numbers : new Float64Array(channels).fill(numbers[0]!);
}

function scaledWeights(builder: GraphBuilder, linear: Linear, weights: string, scales: Float64Array): string {
  const source = builder.constant(weights)!;
  const numbers = toFloat64(source);
  const scaled = new Float64Array(numbers.length);
  // Channels are rows (Conv, Dense 'oi', Affine), or columns (Dense 'io').
  const run = linear.op === 'Dense' && linear.weights === 'io' ? 1 : numbers.length / scales.length;
  for (let i = 0; i < scaled.length; i++) scaled[i] = numbers[i]! * scales[Math.floor(i / run) % scales.length]!;
  const name = builder.freshValue(`${linear.name}/${linear.op === 'Affine' ? 'scale' : 'weight'}`);
  builder.setConstant(name, source.shape, float64Constant(name, source.shape, scaled));
  return name;
}

function mergedBias(
  builder: GraphBuilder,
  linear: Linear,
  channels: number,
  bias: string | undefined,
  scales: Float64Array | undefined,
  shift: string | undefined,
): string {
  const name = builder.freshValue(`${linear.name}/bias`);
  if (bias === undefined && shift !== undefined) {
    const source = builder.constant(shift)!;
    if (elementCount(source.shape) === channels) {
      builder.setConstant(name, [channels], renamed(source, name, [channels]));
      return name;
    }
  }
  const biases = bias === undefined ? undefined : toFloat64(builder.constant(bias)!);
  const shifts = shift === undefined ? undefined : perChannel(builder, shift, channels);
  const sums = Float64Array.from(
    { length: channels },
    (_, c) => (biases?.[c] ?? 0) * (scales?.[c] ?? 1) + (shifts?.[c] ?? 0),
  );
  builder.setConstant(name, [channels], float64Constant(name, [channels], sums));
  return name;
}
