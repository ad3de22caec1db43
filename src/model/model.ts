import { requireNames, SalientError } from '../error.ts';
import { explainProgram } from '../explain/explain-program.ts';
import { takesSamples } from '../explain/methods.ts';
import type { Target } from '../explain/target.ts';
import type { Graph } from '../graph/graph.ts';
import { type Logits, logitsOf } from '../graph/logits.ts';
import type { Preprocessing } from '../image/preprocess.ts';
import type { Composite } from '../lrp/composite.ts';
import type { ModelDescription } from '../onnx/index.ts';
import type { Device } from '../tensor/device.ts';
import { classCount } from './classes.ts';
import { type Condition, type ExplainOptions, requireCount } from './explain-options.ts';
import type { Explanation } from './explanation.ts';
import { requireFiniteWeights } from './finite-weights.ts';
import type { ExplainInput } from './input.ts';
import { type KnownModel, knownModel, sha256Of } from './known-models.ts';
import { ModelRuns } from './model-runs.ts';
import { Network } from './network.ts';
import { labelsFor, type ModelOptions, preprocessingFor } from './own-settings.ts';
import { PREDICT_OPTION_NAMES, type Prediction, type PredictOptions } from './predict.ts';
import { graphKey, type Plane } from './reading.ts';

/**
 * An ONNX network on a device, ready to predict and to explain. Weights stay views into the file's bytes. Made by
 * {@link loadModel} (src/model/load-model.ts) or from bytes with {@link Model.open}.
 *
 * @example
 * ```ts
 * const { classes, relevance, salient } = await model.explain(photo);
 * classes[0]!.label; // 'cup'
 * ```
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
  readonly #runs: ModelRuns;

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
    const { labels: names, preprocessing, logits } = this;
    this.#runs = new ModelRuns(device, network, { labels: names, preprocessing, logits });
  }

  /**
   * Parses and checks a model's bytes, which must not change while it is open.
   *
   * @example
   * ```ts
   * const bytes = await readFile('models/scenes-vgg.onnx');
   * using network = await Model.open(device, bytes, { labels: model.labels });
   * ```
   */
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

  /**
   * The network as plain data, for a batch of this size, and where the file leaves it open of this height and width.
   *
   * @example
   * ```ts
   * for (const { name, op } of (await model.graph()).nodes) console.log(op, name);
   * ```
   */
  graph(batch = 1, plane?: Plane): Promise<Graph> {
    return this.#network.graph(batch, plane);
  }

  /**
   * SHA-256 of the file, in hexadecimal.
   *
   * @example
   * ```ts
   * (await model.sha256()).slice(0, 8); // 'c2fb8781'
   * ```
   */
  async sha256(): Promise<string> {
    return sha256Of(this.#bytes);
  }

  /**
   * The composite that these options name, with its parameters.
   *
   * @example
   * ```ts
   * model.composite({ composite: 'epsilon-gamma-box' }).layers[0]; // z-box with this network's black and white
   * ```
   */
  composite(options: ExplainOptions = {}): Composite {
    return this.#runs.composite(options);
  }

  /**
   * The network's answers to images of equal size, without explaining them; a tensor [N,C,H,W] counts as N images.
   * @throws SalientError 'bad-argument', 'bad-image', 'bad-tensor', 'shape-mismatch' for what is no input of this network
   *
   * @example
   * ```ts
   * const [answer] = await model.predict([photo], { top: 3, record: [layer] });
   * answer!.classes.map(({ label, probability }) => `${label} ${probability}`);
   * answer!.recorded.get(layer)!.shape; // of its output
   * ```
   */
  async predict(inputs: readonly ExplainInput[], options: PredictOptions = {}): Promise<Prediction[]> {
    this.#network.throwIfClosed();
    requireNames(options, PREDICT_OPTION_NAMES);
    const { top = 5, record = [] } = options;
    const samples = this.#runs.samples(inputs);
    const { batch = samples.length } = options;
    requireCount('top', top);
    requireCount('batch', batch);
    return this.#runs.predict(samples, { ...options, top, record, batch });
  }

  /**
   * Plans and compiles for these options ahead of the first {@link explain}.
   *
   * @example
   * ```ts
   * await model.prepare({ composite: 'epsilon-plus' }, 8); // a first batch of eight will not wait for it
   * ```
   */
  async prepare(options: ExplainOptions = {}, batch = 1): Promise<void> {
    const resolved = this.#runs.resolved(options);
    const make = async () => explainProgram(await this.graph(batch), resolved.program);
    await this.#runs.runner.use(`${graphKey(batch, undefined)} ${resolved.key}`, make, options, async () => undefined);
  }

  /**
   * Explains one image, or one preprocessed input [C,H,W] or [1,C,H,W].
   *
   * @example
   * ```ts
   * const { relevance, salient, layers } = await model.explain(photo, { target: 'cup', composite: 'epsilon-alpha2-beta1' });
   * relevance.shape; // [3,128,128], signed
   * salient!.shape; // [128,128], 0 to 1
   * layers[0]!; // its rule, and what became of the relevance that reached it
   * ```
   */
  async explain(input: ExplainInput, options: ExplainOptions = {}): Promise<Explanation> {
    const [explanation, ...others] = await this.explainBatch([input], options);
    if (explanation === undefined || others.length > 0) {
      throw new SalientError('bad-argument', `explain takes one image, found ${others.length + 1}; use explainBatch`);
    }
    return explanation;
  }

  /**
   * Explains images one batch after the other; results come as each batch is done.
   *
   * @example
   * ```ts
   * for await (const { classes } of model.explainMany([photo, photo, photo], { batch: 2, saliency: false })) {
   *   console.log(classes[0]!.label);
   * }
   * ```
   */
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
   *
   * @example
   * ```ts
   * const [first, second] = await model.explainBatch([photo, photo], { saliency: false });
   * ```
   */
  async explainBatch(inputs: readonly ExplainInput[], options: ExplainOptions = {}): Promise<Explanation[]> {
    const samples = this.#runs.samples(inputs);
    if (this.#runs.isAtPixels(options)) {
      // What a target means depends on where each image's classes are.
      const { target, ...others } = options;
      const explanations: Explanation[] = [];
      for (const sample of samples) explanations.push(...(await this.#runs.explainWays(sample, [{ target }], others)));
      return explanations;
    }
    const resolved = this.#runs.resolved(options);
    if (takesSamples(resolved.method)) return this.#runs.explainBySamples(samples, options);
    return this.#runs.runner.inHalves(resolved.key, samples, (part) =>
      this.#runs.explainAtOnce(part, resolved, options),
    );
  }

  /**
   * Explains several targets of one image: {@link explainConditions} with a target each.
   * @throws SalientError 'bad-argument' where there is no target, or `target` is given besides
   *
   * @example
   * ```ts
   * const [likeliest, second] = await model.explainTargets(photo, [{ rank: 0 }, { rank: 1 }], { saliency: false });
   * ```
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
   *
   * @example
   * ```ts
   * const through = [0, 1].map((channel) => ({ target: 'cup', channels: { [layer]: [channel] } }));
   * const [ofChannel0, ofChannel1] = await model.explainConditions(photo, through, { saliency: false });
   * ```
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
    const samples = this.#runs.samples([input]);
    if (samples.length > 1) {
      throw new SalientError('bad-argument', `explaining several targets takes one image, found ${samples.length}`);
    }
    return this.#runs.explainWays(samples[0]!, conditions, options);
  }

  /** Frees what the model holds on the device; calls under way fail with code `closed`. */
  close(): void {
    this.#network.close();
    this.#runs.runner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
