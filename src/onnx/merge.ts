import type { GraphNode } from '../graph/graph.ts';
import { type TensorSource, toFloat64 } from '../tensor/source.ts';
import { elementCount, type Shape, sameShape } from '../tensor/tensor.ts';
import type { GraphBuilder } from './builder.ts';
import { float64Constant, renamed } from './constants.ts';
import type { Recipe } from './origins.ts';

/** A node that scales and shifts each channel: y = x·scale + shift. */
interface ChannelMap {
  readonly x: string;
  /** Constants that hold one number, or one for each channel. */
  readonly scale: string | undefined;
  readonly shift: string | undefined;
}

/** What all the channel maps merged into one node do together; a single number stands for all channels. */
interface Merge {
  readonly linear: Linear;
  scale: Float64Array | undefined;
  shift: Float64Array | undefined;
  /** The constant that is added, where that is all: it needs no copy. */
  summand: string | undefined;
  /** What the maps are made of. */
  readonly origins: string[];
}

/** A node into which a channel map can go, and the axis of its output that it counts as channels. */
type Linear = Extract<GraphNode, { op: 'Conv' | 'Dense' | 'Affine' }>;

/**
 * Merges batch normalisations, and sums and products with a constant per channel, into the Conv, Dense or Affine
 * before them, where nothing else reads its output; elsewhere the latter become Affines, as a batch normalisation
 * written in two steps is one. Computed in float64, once for all maps of a node, to be rounded once.
 *
 * @param outputs the graph's outputs.
 */
export function mergeChannelMaps(
  nodes: readonly GraphNode[],
  builder: GraphBuilder,
  outputs: ReadonlySet<string>,
): GraphNode[] {
  const reads = new Map<string, number>();
  for (const node of nodes) for (const name of node.inputs) reads.set(name, (reads.get(name) ?? 0) + 1);
  const merged: GraphNode[] = [];
  const merges = new Map<number, Merge>();
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
      const merge = merges.get(maker) ?? {
        linear,
        scale: undefined,
        shift: undefined,
        summand: map.shift,
        origins: [],
      };
      merges.set(maker, merge);
      append(merge, map, builder);
      merged[maker] = { ...linear, outputs: [output!] };
      makers.set(output!, maker);
      continue;
    }
    const parts = map === undefined || node.op === 'Affine' ? [node] : asAffine(node, map, builder);
    merged.push(...parts);
    for (const [index, part] of parts.entries()) {
      for (const name of part.outputs) makers.set(name, merged.length - parts.length + index);
    }
  }
  const scaled = new Set<string>();
  for (const [index, merge] of merges) merged[index] = mergedNode(merge, merged[index]!.outputs, builder, scaled);
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
    const recipe = builder.origins.recipe(`affine "${name}"[${channels}] (${builder.originOf(constant)})`);
    const make = () => float64Constant(name, [channels], values);
    builder.setConstant(name, [channels], builder.origins.made(recipe, make));
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

/** y·scale + shift after what the maps so far do. */
function append(merge: Merge, map: ChannelMap, builder: GraphBuilder): void {
  if (merge.scale !== undefined || merge.shift !== undefined || map.scale !== undefined) merge.summand = undefined;
  const numbers = (name: string | undefined) => (name === undefined ? undefined : toFloat64(builder.constant(name)!));
  const origin = (name: string | undefined) => (name === undefined ? '' : builder.originOf(name));
  const scale = numbers(map.scale);
  const shift = numbers(map.shift);
  merge.origins.push(`·${origin(map.scale)} +${origin(map.shift)}`);
  if (scale !== undefined) {
    merge.scale = merge.scale === undefined ? scale : perChannel(merge.scale, scale, (a, b) => a * b);
    if (merge.shift !== undefined) merge.shift = perChannel(merge.shift, scale, (a, b) => a * b);
  }
  if (shift !== undefined) {
    merge.shift = merge.shift === undefined ? shift : perChannel(merge.shift, shift, (a, b) => a + b);
  }
}

/** Combines two lists of a number each, or one for each channel. */
function perChannel(a: Float64Array, b: Float64Array, combine: (a: number, b: number) => number): Float64Array {
  const length = Math.max(a.length, b.length);
  return Float64Array.from({ length }, (_, c) => combine(a[c % a.length]!, b[c % b.length]!));
}

/** `scaled`: weights of which there is a scaled copy already; each may have one without counting. */
function mergedNode(
  { linear, scale, shift, summand, origins }: Merge,
  outputs: readonly string[],
  builder: GraphBuilder,
  scaled: Set<string>,
): GraphNode {
  const [x, weights, bias] = linear.inputs as [string, string, string?];
  const channels = channelCount(linear, builder.shapes.get(weights)!);
  const inputs = [x, weights];
  if (scale !== undefined) {
    if (scaled.has(weights)) builder.reserve(`${linear.name}/weight`, builder.shapes.get(weights)!);
    scaled.add(weights);
    inputs[1] = scaledWeights(builder, linear, weights, scale, origins);
  }
  const source = summand === undefined ? undefined : builder.constant(summand)!;
  if (bias === undefined && source !== undefined && elementCount(source.shape) === channels) {
    const name = builder.freshValue(`${linear.name}/bias`);
    builder.setConstant(name, [channels], renamed(source, name, [channels]));
    inputs.push(name);
  } else if (bias !== undefined || shift !== undefined) {
    const given = bias === undefined ? undefined : builder.constant(bias)!;
    const biases = given === undefined ? undefined : toFloat64(given);
    const at = (numbers: Float64Array | undefined, c: number, otherwise: number) =>
      numbers === undefined ? otherwise : numbers[c % numbers.length]!;
    const sum = (_: unknown, c: number) => (biases?.[c] ?? 0) * at(scale, c, 1) + at(shift, c, 0);
    const name = builder.freshValue(`${linear.name}/bias`);
    const make = () => float64Constant(name, [channels], Float64Array.from({ length: channels }, sum));
    const recipe = mergeRecipe(builder, name, given, origins);
    builder.setConstant(name, [channels], builder.origins.made(recipe, make));
    inputs.push(name);
  }
  return { ...linear, inputs, outputs };
}

function channelCount(linear: Linear, weights: Shape): number {
  return linear.op === 'Dense' && linear.weights === 'io' ? weights[1]! : weights[0]!;
}

function scaledWeights(
  builder: GraphBuilder,
  linear: Linear,
  weights: string,
  scale: Float64Array,
  origins: readonly string[],
): string {
  const source = builder.constant(weights)!;
  const name = builder.freshValue(`${linear.name}/${linear.op === 'Affine' ? 'scale' : 'weight'}`);
  const make = () => {
    const numbers = toFloat64(source);
    const scaled = new Float64Array(numbers.length);
    // Channels are rows (Conv, Dense 'oi', Affine), or columns (Dense 'io').
    const run =
      linear.op === 'Dense' && linear.weights === 'io' ? 1 : numbers.length / channelCount(linear, source.shape);
    for (let i = 0; i < scaled.length; i++) scaled[i] = numbers[i]! * scale[Math.floor(i / run) % scale.length]!;
    return float64Constant(name, source.shape, scaled);
  };
  builder.setConstant(name, source.shape, builder.origins.made(mergeRecipe(builder, name, source, origins), make));
  return name;
}

function mergeRecipe(
  { origins }: GraphBuilder,
  name: string,
  source: TensorSource | undefined,
  maps: readonly string[],
): Recipe {
  return origins.recipe(`merged "${name}" (${source === undefined ? '' : origins.of(source)}; ${maps.join('; ')})`);
}
