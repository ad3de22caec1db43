import { SalientError } from '../error.ts';
import { explainProgram, ofWay } from '../explain/explain-program.ts';
import { takesSamples, wayBackOf } from '../explain/methods.ts';
import { photoPlanes } from '../explain/overlay.ts';
import type { Target } from '../explain/target.ts';
import type { Graph } from '../graph/graph.ts';
import { isSpatial, type Logits, logitsOf } from '../graph/logits.ts';
import type { Preprocessing } from '../image/preprocess.ts';
import { type Composite, composite as namedComposite } from '../lrp/composite.ts';
import type { ModelDescription } from '../onnx/index.ts';
import type { Device } from '../tensor/device.ts';
import type { Floats } from '../tensor/tensor.ts';
import { atPixels } from './at-pixels.ts';
import { classCount, oneHot } from './classes.ts';
import {
  type Condition,
  type ExplainOptions,
  type ResolvedOptions,
  requireCount,
  requireOptionNames,
  resolveOptions,
} from './explain-options.ts';
import { type Explanation, readExplanation } from './explanation.ts';
import { requireFiniteWeights } from './finite-weights.ts';
import { type ExplainInput, inPlanes, inputData, planeOfSample, type Sample, samplesOf } from './input.ts';
import { type KnownModel, knownModel, sha256Of } from './known-models.ts';
import { Network } from './network.ts';
import { boundsOf, labelsFor, type ModelOptions, preprocessingFor } from './own-settings.ts';
import {
  PREDICT_OPTION_NAMES,
  type Prediction,
  type PredictOptions,
  predictProgram,
  readPrediction,
} from './predict.ts';
import { graphKey, type Plane } from './reading.ts';
import { Runner } from './runner.ts';
import { type Runs, salientOf, sampledMap } from './sampled.ts';

/** Ways back of one program. */
const WAYS_AT_ONCE = 10;

/** Inputs in one run of a method that takes many. */
const SAMPLES_AT_ONCE = 8;

/**
 * An ONNX network on a device, ready to predict and to explain. Weights stay views into the file's bytes. Made by
 * {@link loadModel} (src/model/load-model.ts) or from bytes with {@link Model.open}.
 */
export class Model implements Disposable {
  readonly description: ModelDescription;
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Where the preprocessing comes from, for people. */
  readonly preprocessingOrigin: string;
  /** What is explained, and why. */
  readonly logits: Logits;
  readonly #device: Device;
  readonly #bytes: Uint8Array;
  readonly #network: Network;
  readonly #runner: Runner;

  private constructor(
    device: Device,
    bytes: Uint8Array,
    network: Network,
    labels: readonly string[],
    options: ModelOptions,
    known?: KnownModel,
  ) {
    this.#device = device;
    this.#bytes = bytes;
    this.#network = network;
    this.#runner = new Runner(device);
    const { first, description } = network;
    this.description = description;
    this.logits = logitsOf(first);
    const classes = classCount(first);
    this.labels = labels;
    if (this.labels.length !== classes) {
      throw new SalientError(
        'bad-argument',
        `there are ${this.labels.length} labels, but the network has ${classes} classes; give one label per class`,
      );
    }
    [this.preprocessing, this.preprocessingOrigin] = preprocessingFor(
      options.preprocessing ?? {},
      description.metadata,
      known,
      first,
    );
  }

  /** Parses and checks a model's bytes, which must not change while it is open. */
  static async open(device: Device, bytes: Uint8Array, options: ModelOptions = {}): Promise<Model> {
    const network = await Network.open(bytes, options);
    const { first, description } = network;
    await requireFiniteWeights(first.constants, options.signal);
    const labels = options.labels ?? (await labelsFor(classCount(first), description.metadata));
    return new Model(device, bytes, network, labels, options, await knownModel(bytes, options.sha256));
  }

  get device(): Device {
    return this.#device;
  }

  /** The network as plain data, for a batch of this size, and where the file leaves it open of this height and width. */
  graph(batch = 1, plane?: Plane): Promise<Graph> {
    return this.#network.graph(batch, plane);
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

  /**
   * The network's answers to images of equal size, without explaining them; a tensor [N,C,H,W] counts as N images.
   * @throws SalientError 'bad-argument', 'bad-image', 'bad-tensor', 'shape-mismatch' for what is no input of this network
   */
  async predict(inputs: readonly ExplainInput[], options: PredictOptions = {}): Promise<Prediction[]> {
    this.#network.throwIfClosed();
    requireOptionNames(options, PREDICT_OPTION_NAMES);
    const { top = 5, record = [] } = options;
    const samples = this.#samples(inputs);
    const { batch = samples.length } = options;
    requireCount('top', top);
    requireCount('batch', batch);
    const key = `predict ${JSON.stringify(record)}`;
    const predictions: Prediction[] = [];
    for (let first = 0; first < samples.length; first += batch) {
      const part = samples.slice(first, first + batch);
      const answers = await this.#runner.inHalves(key, part, (together) =>
        this.#predictAtOnce(together, key, record, top, options),
      );
      for (const answer of answers) predictions.push(answer);
    }
    return predictions;
  }

  #predictAtOnce(
    samples: readonly Sample[],
    key: string,
    record: readonly string[],
    top: number,
    options: PredictOptions,
  ): Promise<Prediction[]> {
    const { batch, plane, place } = this.#placeOf(samples);
    const make = async () => predictProgram(await this.graph(batch, plane), record);
    return this.#runner.use(`${place} ${key}`, make, options, async (prepared) => {
      const { outputs } = await prepared.executable.run(await this.#given(samples, plane), options);
      return samples.map(({ shown }, sample) => ({
        ...readPrediction(prepared, outputs, sample, top, this.labels),
        ...(shown ? { shown } : {}),
      }));
    });
  }

  /** Plans and compiles for these options ahead of the first {@link explain}. */
  async prepare(options: ExplainOptions = {}, batch = 1): Promise<void> {
    const resolved = this.#resolved(options);
    const make = async () => explainProgram(await this.graph(batch), resolved.program);
    await this.#runner.use(`${graphKey(batch, undefined)} ${resolved.key}`, make, options, async () => undefined);
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
    const samples = this.#samples(inputs);
    if (this.#isAtPixels(options)) {
      // What a target means depends on where each image's classes are.
      const { target, ...others } = options;
      const explanations: Explanation[] = [];
      for (const sample of samples) explanations.push(...(await this.#explainWays(sample, [{ target }], others)));
      return explanations;
    }
    const resolved = this.#resolved(options);
    if (takesSamples(resolved.method)) return this.#explainBySamples(samples, options);
    return this.#runner.inHalves(resolved.key, samples, (part) => this.#explainAtOnce(part, resolved, options));
  }

  /**
   * Explains several targets of one image: {@link explainConditions} with a target each.
   * @throws SalientError 'bad-argument' where there is no target, or `target` is given besides
   */
  async explainTargets(
    input: ExplainInput,
    targets: readonly Target[],
    options: Omit<ExplainOptions, 'target'> = {},
  ): Promise<Explanation[]> {
    return this.explainConditions(
      input,
      Array.from(targets, (target) => ({ target })),
      options,
    );
  }

  /**
   * Explains one image several times: one forward pass, with what all ways back need of it, serves them all, and what
   * they have in common is computed once. A method that takes many runs of its own takes them for each target. Where the
   * device has no room for all at once, they come in halves.
   * @throws SalientError 'bad-argument' where there is no condition, or `target` is given besides
   */
  async explainConditions(
    input: ExplainInput,
    conditions: readonly Condition[],
    options: Omit<ExplainOptions, 'target'> = {},
  ): Promise<Explanation[]> {
    if (conditions.length === 0 || 'target' in options) {
      throw new SalientError(
        'bad-argument',
        'a list of at least one target or condition is needed, and no option "target"',
      );
    }
    const samples = this.#samples([input]);
    if (samples.length > 1) {
      throw new SalientError('bad-argument', `explaining several targets takes one image, found ${samples.length}`);
    }
    return this.#explainWays(samples[0]!, conditions, options);
  }

  async #explainWays(sample: Sample, asked: readonly Condition[], options: ExplainOptions): Promise<Explanation[]> {
    const samples = [sample];
    const conditions = await this.#atPixels(sample, asked, options);
    const all = this.#resolved(options, conditions);
    const explanations: Explanation[] = [];
    if (takesSamples(all.method)) {
      for (const { target, channels } of conditions) {
        explanations.push(...(await this.#explainBySamples(samples, { ...options, target, channels })));
      }
      return explanations;
    }
    for (let first = 0; first < conditions.length; first += WAYS_AT_ONCE) {
      const part = conditions.slice(first, first + WAYS_AT_ONCE);
      const explain = (each: readonly Condition[]) =>
        this.#explainAtOnce(samples, this.#resolved(options, each), options);
      explanations.push(...(await this.#runner.inHalves(`targets ${all.key}`, part, explain)));
    }
    return explanations;
  }

  /** On a spatial output, targets by their weights: where a class is the network itself must say first. */
  async #atPixels(
    sample: Sample,
    conditions: readonly Condition[],
    options: ExplainOptions,
  ): Promise<readonly Condition[]> {
    if (!this.#isAtPixels(options)) return conditions;
    const { plane } = this.#placeOf([sample]);
    const shape = (await this.graph(1, plane)).shapes.get(this.logits.value)!;
    const [, classes, height, width] = shape as [number, number, number, number];
    const [answer] = await this.#predictAtOnce([sample], 'predict []', [], 1, { signal: options.signal });
    const scores = { data: answer!.logits.data, classes, height, width };
    return atPixels(conditions, scores, this.labels, sample, this.preprocessing);
  }

  /** Each sample by itself: what the network answers, then many runs from the same start, then the SR map of their mean. */
  async #explainBySamples(samples: readonly Sample[], options: ExplainOptions): Promise<Explanation[]> {
    const resolved = this.#resolved(options);
    const plainOptions = { ...options, method: wayBackOf(resolved.method), saliency: false } as const;
    const explanations: Explanation[] = [];
    for (const sample of samples) {
      const [own] = await this.#explainAtOnce([sample], this.#resolved(plainOptions), plainOptions);
      const { weights } = resolved.targets[0]!;
      const target = weights ?? oneHot(own!.target.class!.index, this.labels.length);
      const asked = { ...plainOptions, target, profile: undefined };
      const once = this.#resolved(asked);
      const runs: Runs = {
        batch: SAMPLES_AT_ONCE,
        black: boundsOf(this.preprocessing).low,
        maps: async (inputs) => {
          const part = inputs.map((tensor) => ({ tensor }));
          const explain = (each: readonly Sample[]) => this.#explainAtOnce(each, once, asked);
          return (await this.#runner.inHalves(once.key, part, explain)).map(({ relevance }) => relevance);
        },
        scores: async (inputs) => {
          const { signal } = options;
          const predictions = await this.predict(inputs, { top: 1, signal });
          return predictions.map(({ logits }) => target.reduce((sum, weight, k) => sum + weight * logits.data[k]!, 0));
        },
      };
      const { map, completenessError } = await sampledMap(sample.tensor, resolved.method, runs);
      const salient =
        resolved.program.saliency && (await salientOf(this.#runner, map, resolved.program.saliency, options));
      explanations.push({
        ...own!,
        method: resolved.method.name,
        relevance: map,
        ...(salient ? { salient } : {}),
        ...(completenessError === undefined ? {} : { completenessError }),
        ...(sample.shown ? { shown: sample.shown } : {}),
      });
    }
    return explanations;
  }

  /** Explanations of all targets of the first sample, then of the second, … */
  async #explainAtOnce(
    samples: readonly Sample[],
    resolved: ResolvedOptions,
    options: ExplainOptions,
  ): Promise<Explanation[]> {
    const { batch, plane, place } = this.#placeOf(samples);
    const given = await this.#given(samples, plane);
    for (const [target, { weights }] of resolved.targets.entries()) {
      if (weights === undefined) continue;
      const ofAll = new Float32Array(batch * weights.length);
      for (let n = 0; n < batch; n++) ofAll.set(weights, n * weights.length);
      given.set(ofWay('target', target), ofAll);
    }
    if (resolved.program.overlay !== undefined) given.set('photo', photoPlanes(samples.map(({ shown }) => shown)));
    const make = async () => explainProgram(await this.graph(batch, plane), resolved.program);
    return this.#runner.use(`${place} ${resolved.key}`, make, options, async (prepared) => {
      const { outputs, profile } = await prepared.executable.run(given, options);
      return samples.flatMap(({ shown }, sample) =>
        resolved.targets.map((_, target) => ({
          ...readExplanation(prepared, outputs, sample, target, resolved, this.labels, this.logits.probability),
          batch,
          ...(shown ? { shown } : {}),
          ...(profile ? { profile } : {}),
        })),
      );
    });
  }

  #samples(inputs: readonly ExplainInput[]): Sample[] {
    const { first } = this.#network;
    const given = inputs.flatMap((input) => samplesOf(input, this.preprocessing, first.inputs[0]!.shape.length));
    if (given.length === 0) throw new SalientError('bad-argument', 'there is no image to explain');
    return first.channelsLast ? given.map((sample) => inPlanes(sample, first)) : given;
  }

  /** The batch and, where the network leaves it open, the size of samples that run together. */
  #placeOf(samples: readonly Sample[]): { batch: number; plane: Plane | undefined; place: string } {
    const plane = this.#network.first.openPlane ? planeOfSample(samples[0]!) : undefined;
    return { batch: samples.length, plane, place: graphKey(samples.length, plane) };
  }

  /** The network's input of a run. */
  async #given(samples: readonly Sample[], plane: Plane | undefined): Promise<Map<string, Floats>> {
    const { name, shape } = (await this.graph(samples.length, plane)).inputs[0]!;
    return new Map([[name, inputData(samples, shape)]]);
  }

  /** Whether targets are classes at pixels. */
  #isAtPixels({ start }: ExplainOptions): boolean {
    return start === undefined && isSpatial(this.#network.first, this.logits.value);
  }

  #resolved(options: ExplainOptions, conditions?: readonly Condition[]): ResolvedOptions {
    this.#network.throwIfClosed();
    return resolveOptions(options, this.composite(options), this.labels, conditions, this.#isAtPixels(options));
  }

  /** Frees what the model holds on the device; calls under way fail with code `closed`. */
  close(): void {
    this.#network.close();
    this.#runner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
