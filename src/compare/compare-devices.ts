import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { logitsOf } from '../graph/logits.ts';
import { consumersOf, loneRelu } from '../graph/questions.ts';
import type { ExplainOptions } from '../model/explain-options.ts';
import type { Explanation } from '../model/explanation.ts';
import type { ExplainInput } from '../model/input.ts';
import type { Model } from '../model/model.ts';
import type { Shape, Tensor } from '../tensor/tensor.ts';
import { type Disagreement, elementOn, type Pair } from './disagreement.ts';
import { type PoolFlips, poolFlips } from './pool-flips.ts';

/** What is compared on both devices: an explanation's options, as far as they decide the map. */
export interface CompareOptions extends Omit<ExplainOptions, 'record' | 'profile' | 'top'> {
  /** The largest relative error that counts as agreement. Default {@link DEVICE_BOUND}. */
  readonly bound?: number | undefined;
}

/**
 * Relative error up to which two devices agree.
 *
 * @example
 * ```ts
 * const { first } = await compareDevices(model, onReference, photo, { bound: 0.1 * DEVICE_BOUND, saliency: false });
 * ```
 */
export const DEVICE_BOUND = 1e-4;

/** How far a value is apart on two devices. */
export interface LayerDifference {
  readonly pass: 'forward' | 'relevance' | 'saliency';
  /** Forward, the layer (and the Relu after it) that computed the value; in the relevance pass, the layers that gave it its relevance. */
  readonly layers: readonly string[];
  /** The value in the graph: what it holds, or the relevance that arrived at it. */
  readonly value: string;
  /** Without the batch. */
  readonly shape: Shape;
  /** ‖a − b‖₂/‖b‖₂ over the whole batch; ‖a − b‖₂ where b is zero. */
  readonly relativeError: number;
  readonly withinBound: boolean;
  /** Where |a − b| is largest, or the first that is not finite. */
  readonly worst: Disagreement;
}

/** How far two devices are apart on one input: answers, relevance layer by layer, pooling decisions. */
export interface DeviceComparison {
  readonly bound: number;
  /** In the order of computation: activations, then relevance from the logits down to the input, then the SR map. */
  readonly differences: readonly LayerDifference[];
  /** The first difference past the bound. */
  readonly first?: LayerDifference;
  /** Why relevance may be apart although activations are not. */
  readonly flips: readonly PoolFlips[];
  /** One per sample. */
  readonly explanations: Pair<readonly Explanation[]>;
}

/**
 * Explains one input with the same network on two devices and compares everything on the way: each layer's output,
 * the relevance that arrives at it, and the SR map. `b` is the standard. The plan is the one that {@link Model.explain}
 * runs: a convolution that is computed together with its Relu is compared after the Relu.
 *
 * @throws SalientError 'bad-argument' where the models are not the same file
 *
 * @example
 * ```ts
 * const { differences, first } = await compareDevices(model, onReference, photo, { saliency: false });
 * first?.layers; // the first layer that is off by more than DEVICE_BOUND, if any
 * differences.at(-1)!.relativeError; // of the map
 * ```
 */
export async function compareDevices(
  a: Model,
  b: Model,
  input: ExplainInput,
  options: CompareOptions = {},
): Promise<DeviceComparison> {
  const { bound = DEVICE_BOUND, ...explain } = options;
  if (!(bound > 0)) throw new SalientError('bad-argument', `the bound is ${bound}; expected a positive number`);
  if ((await a.sha256()) !== (await b.sha256())) {
    throw new SalientError('bad-argument', 'the models are different files; open one file on both devices');
  }
  const graph = await a.graph();
  const values = comparedValues(graph);
  const record = [...values.keys()];
  const explanations = {
    a: await a.explainBatch([input], { ...explain, record }),
    b: await b.explainBatch([input], { ...explain, record }),
  };
  const differences = [...compared(graph, values, explanations, bound)];
  const first = differences.find(({ withinBound }) => !withinBound);
  const flips = b.composite(explain).pooling === 'winner' ? poolFlips(graph, explanations) : [];
  return { bound, differences, ...(first ? { first } : {}), flips, explanations };
}

/**
 * The values that are compared, in graph order, each with the layers that compute it: all that have samples, a
 * convolution or dense layer together with the Relu that alone reads it.
 */
function comparedValues(graph: Graph): Map<string, string[]> {
  const readers = consumersOf(graph);
  const values = new Map<string, string[]>(graph.inputs.map(({ name }) => [name, []]));
  const fused = new Map<string, string>();
  for (const { op, name, inputs, outputs } of graph.nodes) {
    if ((op === 'Conv' || op === 'Dense') && loneRelu(outputs[0]!, readers) !== undefined) {
      fused.set(outputs[0]!, name);
      continue;
    }
    const before = fused.get(inputs[0]!);
    for (const output of outputs) values.set(output, before === undefined ? [name] : [before, name]);
  }
  const samples = graph.inputs[0]?.shape[0];
  return new Map([...values].filter(([value]) => graph.shapes.get(value)?.[0] === samples));
}

function* compared(
  graph: Graph,
  values: ReadonlyMap<string, readonly string[]>,
  explanations: Pair<readonly Explanation[]>,
  bound: number,
): Generator<LayerDifference> {
  const readers = consumersOf(graph);
  const logits = logitsOf(graph).value;
  const difference = (
    about: Pick<LayerDifference, 'pass' | 'layers' | 'value'>,
    tensor: (explanation: Explanation) => Tensor,
  ): LayerDifference => {
    const measured = measure(explanations.a.map(tensor), explanations.b.map(tensor));
    return { ...about, ...measured, withinBound: measured.relativeError <= bound };
  };
  for (const [value, layers] of values) {
    if (layers.length === 0) continue;
    yield difference({ pass: 'forward', layers, value }, ({ recorded }) => recorded.get(value)!.activation);
  }
  const [sample] = explanations.a;
  for (const value of [...values.keys()].reverse()) {
    if (sample?.recorded.get(value)?.relevance === undefined) continue;
    const layers = value === logits ? ['target'] : (readers.get(value) ?? []).map(({ name }) => name);
    yield difference({ pass: 'relevance', layers, value }, ({ recorded }) => recorded.get(value)!.relevance!);
  }
  if (sample?.salient === undefined) return;
  yield difference({ pass: 'saliency', layers: ['saliency'], value: 'salient' }, ({ salient }) => salient!);
}

/** Compares a value's samples on two devices. */
function measure(a: readonly Tensor[], b: readonly Tensor[]) {
  let [difference, norm, largest] = [0, 0, -1];
  let worst = { sample: 0, position: 0 };
  for (const [sample, { data }] of b.entries()) {
    const other = a[sample]!.data;
    for (let position = 0; position < data.length; position++) {
      const apart = Math.abs(other[position]! - data[position]!);
      difference += apart ** 2;
      norm += data[position]! ** 2;
      if (!(apart <= largest) && !Number.isNaN(largest)) {
        largest = apart;
        worst = { sample, position };
      }
    }
  }
  const { shape } = b[0]!;
  return {
    shape,
    relativeError: norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm),
    worst: elementOn({ a, b }, worst.sample, worst.position),
  };
}
