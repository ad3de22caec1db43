import { SalientError } from '../error.ts';
import type { Graph, GraphValue } from '../graph/graph.ts';
import { STORED_BYTES, type TensorSource } from '../tensor/source.ts';
import { elementCount, type Shape } from '../tensor/tensor.ts';
import { Turns } from '../tensor/turns.ts';
import { GraphBuilder, type Rebatch } from './builder.ts';
import { Call } from './call.ts';
import { checkModel } from './check.ts';
import { renamed } from './constants.ts';
import { loadExternalData, type ReadExternal } from './external.ts';
import { finishGraph } from './finish.ts';
import { OPERATORS } from './operators/table.ts';
import type { Origins } from './origins.ts';
import { channelsFirst } from './passes/channels-first.ts';
import { withOnlyOutput } from './passes/only-output.ts';
import { decodeModel, type ProtoModel, type ProtoValue } from './proto.ts';
import { dataTypeName, type ProtoTensor, storedTypeOf, tensorSource } from './tensor-proto.ts';

const FOLDED_BYTES = 2 ** 26;

export interface ParseOptions {
  /** The first dimension of the inputs: of open ones (default 1), and of fixed ones in place of the file's. */
  readonly batch?: number;
  /** Shape of the first input in place of the file's; its first dimension gives way to `batch`. */
  readonly inputShape?: Shape | undefined;
  /** Shapes of inputs by name, in place of the file's. */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
  /** Values for inputs that are to be constants: weights, or a Reshape's shape, that the file leaves to its user. */
  readonly constants?: Readonly<Record<string, TensorSource>>;
  /** The only output that is wanted, by name; what it does not need is not looked at. */
  readonly output?: string | undefined;
  /**
   * Read for explanations: of several outputs the one that looks like class scores, unless `output` names one, and an
   * image input as [N,C,H,W], whatever its layout in the file.
   */
  readonly forExplaining?: boolean;
  /** Height and width of an image input that the file leaves open. */
  readonly plane?: readonly [number, number] | undefined;
  /**
   * Bytes that constants computed from others may take beyond twice the weights (all counted as float64). Default
   * 64 MiB: a small file must not ask for much.
   */
  readonly foldedBytes?: number | undefined;
  /** Reads external data files; needed for models that have them. */
  readonly readExternal?: ReadExternal;
  /** Is heard within 100 ms. */
  readonly signal?: AbortSignal | undefined;
  /** Where the constants of this file's earlier graphs came from: equal ones are taken over, not made again. */
  readonly origins?: Origins;
}

/**
 * Makes the plain {@link Graph} of an .onnx file: reads and checks it, infers all shapes, and brings it into canonical
 * form. Weights stay views into `bytes`, which must not change as long as the graph is in use.
 *
 * @throws SalientError 'bad-file' (no ONNX model, or damaged), 'bad-model', 'bad-tensor', 'shape-mismatch' (the model
 *   contradicts itself or the shapes asked for), 'unsupported' (operators, attributes, element types), 'bad-argument', 'aborted'.
 */
export async function parseModel(bytes: Uint8Array, options: ParseOptions = {}): Promise<Graph> {
  return graphOf(decodeModel(bytes), options);
}

/** {@link parseModel} of a file that is decoded; its external data are read once, however often this is called. */
export async function graphOf(whole: ProtoModel, options: ParseOptions = {}): Promise<Graph> {
  const { output, forExplaining = false, signal } = options;
  const turns = new Turns(signal);
  const { model, chosen } =
    forExplaining || output !== undefined ? withOnlyOutput(whole, output) : { model: whole, chosen: undefined };
  await turns.next();
  const { opset, nodes } = checkModel(model);
  await turns.next();
  await loadExternalData(model, options.readExternal);

  const { inputs, rebatch, openPlane } = resolveInputs(model, options);
  const builder = new GraphBuilder(valueNames(model), rebatch, foldingBudget(model, options), options.origins);
  for (const { name, shape } of inputs) builder.setShape(name, shape, 'the inputs');
  setConstants(builder, model, options);
  await turns.next();
  for (const { node, name } of nodes) {
    OPERATORS.get(node.op)!.lower(new Call(builder, node, name, opset));
    await turns.next();
  }
  const graph: Graph = {
    ...(await finishGraph(model, builder, inputs, turns)),
    ...(chosen === undefined ? {} : { chosenOutput: chosen }),
    ...(openPlane ? { openPlane } : {}),
  };
  builder.origins.keep(graph.constants.values());
  return forExplaining ? channelsFirst(graph) : graph;
}

/** Bytes for computed constants: twice what the file and the caller give as constants, as float64, and some more. */
function foldingBudget({ graph }: ProtoModel, { constants = {}, foldedBytes = FOLDED_BYTES }: ParseOptions): number {
  let count = 0;
  const add = ({ data, dataType }: ProtoTensor) => {
    const type = storedTypeOf(dataType);
    if (data !== undefined && type !== undefined) count += data.length / STORED_BYTES[type];
  };
  for (const tensor of graph.initializers) add(tensor);
  for (const { attributes } of graph.nodes) {
    for (const attribute of attributes.values()) if (attribute.kind === 'tensor') add(attribute.value);
  }
  for (const source of Object.values(constants)) count += elementCount(source.shape);
  return 16 * count + foldedBytes;
}

function valueNames({ graph }: ProtoModel): Set<string> {
  const values = [...graph.inputs, ...graph.initializers, ...graph.outputs].map(({ name }) => name);
  return new Set([...values, ...graph.nodes.flatMap((node) => [...node.inputs, ...node.outputs])]);
}

/** Initializers that something reads, and the caller's constants, which replace them. */
function setConstants(builder: GraphBuilder, { graph }: ProtoModel, { constants = {} }: ParseOptions): void {
  const read = new Set([...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)]);
  const given = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const [name, source] of Object.entries(constants)) {
    if (!given.has(name)) throw noSuchInput('constants', name, graph.inputs);
    builder.setConstant(name, source.shape, renamed(source, name));
  }
  for (const tensor of graph.initializers) {
    if (!read.has(tensor.name) || builder.isConstant(tensor.name)) continue;
    const source = tensorSource(tensor, tensor.name);
    builder.setConstant(tensor.name, source.shape, source);
  }
}

function noSuchInput(option: string, name: string, inputs: readonly ProtoValue[]): SalientError {
  const known = inputs.map((input) => `"${input.name}"`).join(', ');
  return new SalientError('bad-argument', `${option} names "${name}", but the model's inputs are ${known}`);
}

interface ResolvedInputs {
  readonly inputs: GraphValue[];
  readonly rebatch?: Rebatch;
  readonly openPlane?: true;
}

/** The inputs that are no constants, with the shapes that the file and the caller give them. */
function resolveInputs({ graph }: ProtoModel, options: ParseOptions): ResolvedInputs {
  const { batch, inputShapes = {}, constants = {}, plane } = options;
  for (const [what, extent] of [['batch', batch] as const, ...(plane ?? []).map((side) => ['plane', side] as const)]) {
    if (extent !== undefined && !isExtent(extent)) {
      throw new SalientError('bad-argument', `${what} is ${extent}, but must be a positive integer`);
    }
  }
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  const open = graph.inputs.filter(({ name }) => !initializers.has(name) && !Object.hasOwn(constants, name));
  for (const name of Object.keys(inputShapes)) {
    if (!open.some((input) => input.name === name)) throw noSuchInput('inputShapes', name, open);
  }
  const asked =
    batch === undefined ? options.inputShape : options.inputShape && [batch, ...options.inputShape.slice(1)];
  const inputs = open.map((input, index) => ({
    name: input.name,
    shape: inputShape(input, batch, own(inputShapes, input.name) ?? (index === 0 ? asked : undefined), plane),
  }));
  const [first] = open;
  const openPlane = first !== undefined && planeAxes(first).length > 0 ? ({ openPlane: true } as const) : {};
  const from = open.map(({ shape }) => shape?.[0]);
  const changed = inputs.findIndex(({ shape }, i) => shape.length > 1 && isExtent(from[i]) && from[i] !== shape[0]);
  if (changed >= 0) {
    return { inputs, rebatch: { from: from[changed] as number, to: inputs[changed]!.shape[0]! }, ...openPlane };
  }
  // An exporter that leaves the batch open may still have written its own, 1, into the graph.
  const to = inputs.find(({ shape }, i) => shape.length > 1 && !isExtent(from[i]))?.shape[0] ?? 1;
  return to === 1 ? { inputs, ...openPlane } : { inputs, rebatch: { from: 1, to, isOpen: true }, ...openPlane };
}

/** Axes of height and width that an image input leaves open, with which of the two each is. */
function planeAxes({ shape }: ProtoValue): (readonly [axis: number, side: 0 | 1])[] {
  if (shape?.length !== 4) return [];
  const open = shape.flatMap((extent, axis) => (axis > 0 && !isExtent(extent) ? [axis] : []));
  if (open.length === 0 || open.length > 2) return [];
  // The axis that is not open tells the layout: channels are the second or the last.
  const channelsLast = open.includes(1) || (open.length === 1 && open[0] === 2 && !isPictureChannels(shape[1]));
  // An open axis that would be channels is none of the two.
  if (channelsLast ? open.includes(3) || !isPictureChannels(shape[3]) : open.includes(1)) return [];
  return open.map((axis) => [axis, axis === (channelsLast ? 1 : 2) ? 0 : 1] as const);
}

function isPictureChannels(extent: unknown): boolean {
  return extent === 1 || extent === 3 || extent === 4;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isExtent(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function inputShape(
  input: ProtoValue,
  batch: number | undefined,
  given: Shape | undefined,
  plane: readonly [number, number] | undefined,
): Shape {
  const { name, shape } = input;
  if (input.dataType !== 0 && storedTypeOf(input.dataType) === undefined) {
    throw new SalientError(
      'unsupported',
      `input "${name}" holds ${dataTypeName(input.dataType)}; numbers are expected`,
    );
  }
  const stated = shape?.map((extent) => (isExtent(extent) ? `${extent}` : `${extent || '?'}`)).join('×');
  if (given !== undefined) {
    if (given.every(isExtent) && (shape === undefined || shape.length === given.length)) return given;
    throw new SalientError(
      'bad-argument',
      `inputShapes gives "${name}" the shape [${given}], but the model expects ${stated ?? 'positive integers'}`,
    );
  }
  if (shape === undefined) {
    throw new SalientError('bad-argument', `the model does not say the shape of its input "${name}"; give inputShapes`);
  }
  const sides = new Map(plane === undefined ? [] : planeAxes(input).map(([axis, side]) => [axis, plane[side]]));
  return shape.map((extent, axis) => {
    const side = sides.get(axis);
    if (side !== undefined) return side;
    if (axis === 0 && (!isExtent(extent) || shape.length > 1)) return batch ?? (isExtent(extent) ? extent : 1);
    if (isExtent(extent)) return extent;
    throw new SalientError(
      'bad-argument',
      `the model leaves the shape of its input "${name}" open: ${stated}; give inputShapes`,
    );
  });
}
