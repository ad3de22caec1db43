import { SalientError } from '../error.ts';
import { type ExplainProgram, type ExplainProgramOptions, explainProgram } from '../explain/explain-program.ts';
import { type OverlayKind, photoPlanes, pictureOf } from '../explain/overlay.ts';
import { type Init, type Target, targetWeights } from '../explain/target.ts';
import type { Graph } from '../graph/graph.ts';
import type { Preprocessing, PreprocessingChanges } from '../image/preprocess.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { findLogits } from '../lrp/analysis.ts';
import { type Composite, type CompositeParameters, composite as namedComposite } from '../lrp/composite.ts';
import type { LedgerEntry } from '../lrp/ledger.ts';
import type { Rule } from '../lrp/rule.ts';
import { describeModel, type ModelDescription, type ParseOptions, parseModel } from '../onnx/index.ts';
import { resolveSaliencyOptions, type SaliencyOptions } from '../saliency/options.ts';
import type { Device, Executable, RunOptions, StepProfile } from '../tensor/device.ts';
import { requireFinite } from '../tensor/finite.ts';
import type { TensorSource } from '../tensor/source.ts';
import { elementCount, type Floats, formatShape, type Shape, sampleOf, type Tensor } from '../tensor/tensor.ts';
import { requireFiniteWeights } from './finite-weights.ts';
import { checkShape, type ExplainInput, type Sample, samplesOf } from './input.ts';
import { type KnownModel, knownModel, sha256Of } from './known-models.ts';
import { boundsOf, labelsFor, preprocessingFor } from './own-settings.ts';
import { PlanCache } from './plan-cache.ts';

export interface ExplainOptions extends RunOptions {
  /** A ready-made composite's name, or a rule map of your own. Default `epsilon-plus`. */
  readonly composite?: string | Composite | undefined;
  /** Parameters of a named composite; z-box bounds default to the preprocessing's black and white. */
  readonly parameters?: CompositeParameters | undefined;
  /** Default `predicted`. */
  readonly target?: Target | undefined;
  /** Default `logit`. */
  readonly init?: Init | undefined;
  /** Options of the SR map; `false` leaves it out. */
  readonly saliency?: SaliencyOptions | false | undefined;
  /**
   * Convolutions as direct sums only: slower where Winograd's algorithm would serve, and right to the last digits where
   * one pattern occurs in many places, as in drawings and text ({@link withDirectSums}).
   */
  readonly direct?: boolean | undefined;
  /**
   * Draw the relevance or the SR map over each photograph on the device itself, its colours full at the map's largest
   * value.
   */
  readonly overlay?: OverlayKind | undefined;
  /** How many classes are listed. Default 5. */
  readonly top?: number | undefined;
  /** Channels of layers or values through which relevance may pass, by name; it is dropped in the others. */
  readonly channels?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Values or layers whose activation and relevance are returned. */
  readonly record?: readonly string[] | undefined;
}

/** Every name of {@link ExplainOptions}, and `explainMany`'s: a misspelt one would be ignored without a word. */
const OPTION_NAMES: Readonly<Record<keyof ExplainOptions | 'batch', true>> = {
  composite: true,
  parameters: true,
  target: true,
  init: true,
  saliency: true,
  direct: true,
  overlay: true,
  top: true,
  channels: true,
  record: true,
  signal: true,
  onProgress: true,
  profile: true,
  batch: true,
};

export interface ClassScore {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  /** Softmax over the logits. */
  readonly probability: number;
}

/** One layer of an explanation: its rule and where its relevance went. */
export interface LayerReport extends LedgerEntry {
  /** The rule of a convolution or dense layer; absent for layers without weights. */
  readonly rule?: Rule;
}

/** Why a network answered as it did, for one image. */
export interface Explanation {
  /** The most probable classes, best first. */
  readonly classes: readonly ClassScore[];
  /** The class that relevance started from, where it is one, and the sum of the start. */
  readonly target: { readonly class?: ClassScore; readonly start: number };
  readonly logits: Tensor;
  /** [C,H,W], in the channel order of the network's input. */
  readonly relevance: Tensor;
  /** The SR map [H,W] in [0,1]. */
  readonly salient?: Tensor;
  /** From the logits down to the input. */
  readonly layers: readonly LayerReport[];
  /** Activations and relevance that were asked for with `record`. */
  readonly recorded: ReadonlyMap<string, { readonly activation: Tensor; readonly relevance?: Tensor }>;
  /** The photograph under a map's colours, where `overlay` was asked for. */
  readonly overlay?: RgbImage;
  /** The pixels that the network saw, where the input was a photograph. */
  readonly shown?: RgbImage;
  /** How many images were explained in the same run. */
  readonly batch: number;
  /** Time per step of that run, where `profile` was asked for. */
  readonly profile?: readonly StepProfile[];
}

export interface ModelOptions {
  /** Class names; default: the file's own, or ILSVRC2012's where the network has 1000 outputs. */
  readonly labels?: readonly string[] | undefined;
  /**
   * Parts of the preprocessing that are not to be the file's own (else a known file's, else those of `imagenet`); all of
   * it where every part is given.
   */
  readonly preprocessing?: PreprocessingChanges | undefined;
  readonly readExternal?: ParseOptions['readExternal'] | undefined;
}

/** Options with every default filled in. */
interface ResolvedOptions {
  readonly program: ExplainProgramOptions;
  /** Equal where the programs are equal. */
  readonly key: string;
  /** Weights over the classes, unless the target is what the network predicts. */
  readonly weights: Float32Array | undefined;
}

/** More classes than any label file has. */
const MOST_CLASSES = 1_000_000;

/** Plans that a model keeps ready; each holds memory on the device. */
const PLANS_KEPT = 4;

interface Plan extends ExplainProgram {
  readonly executable: Executable;
}

/**
 * An ONNX network on a device, ready to explain. Weights stay views into the file's bytes. Made by {@link loadModel}
 * (src/model/load-model.ts) or from bytes with {@link Model.open}.
 */
export class Model implements Disposable {
  readonly description: ModelDescription;
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Where the preprocessing comes from, for people. */
  readonly preprocessingOrigin: string;
  readonly #device: Device;
  readonly #bytes: Uint8Array;
  readonly #options: ModelOptions;
  readonly #graphs = new Map<number, Graph>();
  /** By batch and options. */
  readonly #plans = new PlanCache<Plan>(PLANS_KEPT);
  /** By options, the most images that a run takes, where the device had no room for more. */
  readonly #room = new Map<string, number>();
  #closed = false;

  private constructor(device: Device, bytes: Uint8Array, graph: Graph, options: ModelOptions, known?: KnownModel) {
    this.#device = device;
    this.#bytes = bytes;
    this.#options = options;
    this.#graphs.set(graph.inputs[0]?.shape[0] ?? 1, graph);
    this.description = describeModel(bytes);
    const { metadata } = this.description;
    const classes = classCount(graph);
    requireFiniteWeights(graph.constants);
    this.labels = options.labels ?? labelsFor(classes, metadata);
    if (this.labels.length !== classes) {
      throw new SalientError(
        'bad-argument',
        `there are ${this.labels.length} labels, but the network has ${classes} classes; give one label per class`,
      );
    }
    [this.preprocessing, this.preprocessingOrigin] = preprocessingFor(options.preprocessing ?? {}, metadata, known);
  }

  /** Parses and checks a model's bytes, which must not change while it is open. */
  static async open(device: Device, bytes: Uint8Array, options: ModelOptions = {}): Promise<Model> {
    const graph = await parseModel(bytes, options.readExternal ? { readExternal: options.readExternal } : {});
    return new Model(device, bytes, graph, options, await knownModel(bytes));
  }

  get device(): Device {
    return this.#device;
  }

  /** The network as plain data, for a batch of this size. */
  async graph(batch = 1): Promise<Graph> {
    this.#throwIfClosed();
    const known = this.#graphs.get(batch);
    if (known !== undefined) return known;
    const { readExternal } = this.#options;
    const parsed = await parseModel(this.#bytes, { batch, ...(readExternal ? { readExternal } : {}) });
    this.#throwIfClosed();
    const first = this.#graphs.values().next().value!;
    const graph = { ...parsed, constants: sharedConstants(parsed.constants, first.constants) };
    this.#graphs.set(batch, graph);
    return graph;
  }

  /** SHA-256 of the file, in hexadecimal. */
  async sha256(): Promise<string> {
    return sha256Of(this.#bytes);
  }

  /** The composite that these options name, with its parameters. */
  composite({ composite = 'epsilon-plus', parameters }: ExplainOptions = {}): Composite {
    if (typeof composite !== 'string') return composite;
    return namedComposite(composite, { ...boundsOf(this.preprocessing), ...parameters });
  }

  /** Plans and compiles for these options ahead of the first {@link explain}. */
  async prepare(options: ExplainOptions = {}, batch = 1): Promise<void> {
    await this.#withPlan(this.#resolved(options), batch, options, async () => undefined);
  }

  /** Explains one image, or one preprocessed input [C,H,W] or [1,C,H,W]. */
  async explain(input: ExplainInput, options: ExplainOptions = {}): Promise<Explanation> {
    const [explanation, ...others] = await this.explainBatch([input], options);
    if (explanation === undefined || others.length > 0) {
      throw new SalientError('bad-argument', `explain takes one image, found ${others.length + 1}; use explainBatch`);
    }
    return explanation;
  }

  /** Explains images one batch after the other; results come as each batch is done. */
  async *explainMany(
    inputs: Iterable<ExplainInput> | AsyncIterable<ExplainInput>,
    options: ExplainOptions & { readonly batch?: number | undefined } = {},
  ): AsyncGenerator<Explanation> {
    const { batch = 1 } = options;
    requireCount('batch', batch);
    let waiting: ExplainInput[] = [];
    for await (const input of inputs) {
      waiting.push(input);
      if (waiting.length < batch) continue;
      yield* await this.explainBatch(waiting, options);
      waiting = [];
    }
    if (waiting.length > 0) yield* await this.explainBatch(waiting, options);
  }

  /**
   * Explains several images of equal size in one run; a tensor [N,C,H,W] counts as N images. A batch for which the
   * device has no room is run in halves, and so are later ones like it.
   */
  async explainBatch(inputs: readonly ExplainInput[], options: ExplainOptions = {}): Promise<Explanation[]> {
    const samples = inputs.flatMap((input) => samplesOf(input, this.preprocessing));
    if (samples.length === 0) throw new SalientError('bad-argument', 'there is no image to explain');
    const resolved = this.#resolved(options);
    const explanations: Explanation[] = [];
    while (explanations.length < samples.length) {
      const first = explanations.length;
      const part = samples.slice(first, first + (this.#room.get(resolved.key) ?? samples.length));
      try {
        explanations.push(...(await this.#explainAtOnce(part, resolved, options)));
      } catch (error) {
        if (!isOutOfMemory(error) || part.length === 1) throw error;
        const known = this.#room.get(resolved.key) ?? Number.POSITIVE_INFINITY;
        this.#room.set(resolved.key, Math.min(known, Math.ceil(part.length / 2)));
      }
    }
    return explanations;
  }

  async #explainAtOnce(
    samples: readonly Sample[],
    resolved: ResolvedOptions,
    options: ExplainOptions,
  ): Promise<Explanation[]> {
    const batch = samples.length;
    const { name, shape } = (await this.graph(batch)).inputs[0]!;
    const data = new Float32Array(elementCount(shape));
    for (const [index, sample] of samples.entries()) {
      checkShape(sample, shape.slice(1));
      data.set(sample.tensor.data, index * sample.tensor.data.length);
    }
    const given = new Map<string, Floats>([[name, data]]);
    if (resolved.weights !== undefined) {
      const weights = new Float32Array(batch * resolved.weights.length);
      for (let n = 0; n < batch; n++) weights.set(resolved.weights, n * resolved.weights.length);
      given.set('target', weights);
    }
    if (resolved.program.overlay !== undefined) given.set('photo', photoPlanes(samples.map(({ shown }) => shown)));
    return this.#withPlan(resolved, batch, options, async (plan) => {
      const { outputs, profile } = await plan.executable.run(given, options);
      return samples.map(({ shown }, sample) => ({
        ...this.#explanation(plan, outputs, sample, resolved.weights, options),
        batch,
        ...(shown ? { shown } : {}),
        ...(profile ? { profile } : {}),
      }));
    });
  }

  #explanation(
    { ledger, rules, recorded }: Plan,
    outputs: ReadonlyMap<string, Tensor>,
    sample: number,
    weights: Float32Array | undefined,
    { top = 5 }: ExplainOptions,
  ): Omit<Explanation, 'batch'> {
    const part = (name: string) => sampleOf(outputs.get(name)!, sample);
    const logits = part('logits');
    const scores = rankClasses(logits, this.labels);
    const layers = ledger.read(outputs, sample).map((entry) => {
      const rule = rules.get(entry.layer);
      return rule === undefined ? entry : { ...entry, rule };
    });
    requireFinite(logits, 'the logits');
    const overflow = layers.find((entry) => entry.notFinite > 0);
    if (overflow !== undefined) {
      throw new SalientError(
        'bad-tensor',
        `the relevance of layer "${overflow.layer}" (${overflow.operator}) holds ${overflow.notFinite} numbers that are not finite: the network or its rule overflows; try another composite, or the device reference`,
      );
    }
    const chosen = weights === undefined ? scores[0]! : onlyClass(weights, scores);
    const recordOf = (value: string) => ({
      activation: part(`activation:${value}`),
      ...(outputs.has(`relevance:${value}`) ? { relevance: part(`relevance:${value}`) } : {}),
    });
    return {
      classes: scores.slice(0, top),
      target: { ...(chosen ? { class: chosen } : {}), start: layers[0]!.out.sum },
      logits,
      relevance: part('relevance'),
      ...(outputs.has('salient') ? { salient: part('salient') } : {}),
      ...(outputs.has('overlay') ? { overlay: pictureOf(part('overlay')) } : {}),
      layers,
      recorded: new Map([...recorded].map(([name, value]) => [name, recordOf(value)])),
    };
  }

  #resolved(options: ExplainOptions): ResolvedOptions {
    this.#throwIfClosed();
    for (const name of Object.keys(options)) {
      if (Object.hasOwn(OPTION_NAMES, name)) continue;
      const known = Object.keys(OPTION_NAMES).join(', ');
      throw new SalientError('bad-argument', `there is no option "${name}"; expected one of ${known}`);
    }
    const { init = 'logit', saliency = {}, record = [], target = 'predicted', top = 1 } = options;
    requireCount('top', top);
    const weights = targetWeights(target, this.labels.length, this.labels);
    if (init === 'contrastive' && weights !== undefined && weights.filter((weight) => weight !== 0).length !== 1) {
      throw new SalientError('bad-argument', 'a contrastive start needs one target class, not weights of several');
    }
    const program: ExplainProgramOptions = {
      composite: this.composite(options),
      seed: { target: weights === undefined ? 'predicted' : 'given', init },
      saliency: saliency === false ? false : resolveSaliencyOptions(saliency),
      direct: options.direct,
      overlay: options.overlay,
      channels: options.channels,
      record,
    };
    return { program, key: JSON.stringify(program), weights };
  }

  /** Calls `use` with the plan for these options. */
  #withPlan<T>(
    { program, key }: ResolvedOptions,
    batch: number,
    { signal, onProgress }: RunOptions,
    use: (plan: Plan) => Promise<T>,
  ): Promise<T> {
    const prepare = async (): Promise<Plan> => {
      const explained = explainProgram(await this.graph(batch), program);
      const prepareOnce = () => this.#device.prepare(explained.program, { signal, onProgress });
      const executable = await prepareOnce().catch((error) => {
        if (isOutOfMemory(error) && this.#plans.closeIdle()) return prepareOnce();
        throw error;
      });
      return { ...explained, executable };
    };
    return this.#plans.use(`${batch} ${key}`, prepare, use, signal);
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new SalientError('closed', 'the model is closed; load it again');
  }

  /** Frees what the model holds on the device; calls under way fail with code `closed`. */
  close(): void {
    this.#closed = true;
    this.#plans.close();
    this.#graphs.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof SalientError && error.code === 'out-of-memory';
}

/** All classes with probability, most probable first; equal logits in class order. */
function rankClasses(logits: Tensor, labels: readonly string[]): ClassScore[] {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits.data) largest = Math.max(largest, logit);
  const powers = Array.from(logits.data, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers
    .map((power, index) => ({
      index,
      label: labels[index] ?? `class ${index}`,
      logit: logits.data[index]!,
      probability: power / sum,
    }))
    .sort((a, b) => b.logit - a.logit);
}

function requireCount(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new SalientError('bad-argument', `${name} is ${count}; expected a whole number of at least 1`);
}

function onlyClass(weights: Float32Array, scores: readonly ClassScore[]): ClassScore | undefined {
  const chosen = [...weights.keys()].filter((index) => weights[index] !== 0);
  return chosen.length === 1 ? scores.find(({ index }) => index === chosen[0]) : undefined;
}

/** @throws SalientError 'unsupported' where the output is no list of classes that is computed from the input */
function classCount(graph: Graph): number {
  const logits = findLogits(graph);
  const refuse = (text: string): never => {
    throw new SalientError('unsupported', `the output "${logits}" ${text}; give a network that classifies its input`);
  };
  if (graph.constants.has(logits)) refuse('is constant');
  if (graph.inputs.some(({ name }) => name === logits)) refuse('is the input itself');
  const shape: Shape = graph.shapes.get(logits)!;
  const classes = elementCount(shape) / (graph.inputs[0]?.shape[0] ?? 1);
  if (!Number.isInteger(classes) || classes > MOST_CLASSES) {
    refuse(`is ${formatShape(shape)}, which is no list of up to ${MOST_CLASSES} classes for each image`);
  }
  return classes;
}

/** The constants, each replaced by the known source of the same numbers, so that a device holds them once. */
function sharedConstants(
  constants: ReadonlyMap<string, TensorSource>,
  known: ReadonlyMap<string, TensorSource>,
): Map<string, TensorSource> {
  const shared = new Map<string, TensorSource>();
  for (const [name, source] of constants) {
    const other = known.get(name);
    shared.set(name, other !== undefined && sameNumbers(source, other) ? other : source);
  }
  return shared;
}

function sameNumbers(a: TensorSource, b: TensorSource): boolean {
  if (a.type !== b.type || formatShape(a.shape) !== formatShape(b.shape)) return false;
  if (a.bytes.buffer === b.bytes.buffer && a.bytes.byteOffset === b.bytes.byteOffset) return true;
  return a.bytes.every((byte, index) => byte === b.bytes[index]);
}
