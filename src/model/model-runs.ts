import { SalientError } from '../error.ts';
import { explainProgram, ofWay } from '../explain/explain-program.ts';
import { takesSamples, wayBackOf } from '../explain/methods.ts';
import { photoPlanes } from '../explain/overlay.ts';
import { isSpatial, type Logits } from '../graph/logits.ts';
import type { Preprocessing } from '../image/preprocess.ts';
import { checkComposite } from '../lrp/check-composite.ts';
import { type Composite, composite as namedComposite } from '../lrp/composite.ts';
import type { Device, RunOptions } from '../tensor/device.ts';
import type { Floats } from '../tensor/tensor.ts';
import { atPixels } from './at-pixels.ts';
import { oneHot } from './classes.ts';
import { type Condition, type ExplainOptions, type ResolvedOptions, resolveOptions } from './explain-options.ts';
import { type Explanation, readExplanation } from './explanation.ts';
import { type ExplainInput, inPlanes, inputData, planeOfSample, type Sample, samplesOf } from './input.ts';
import type { Network } from './network.ts';
import { boundsOf } from './own-settings.ts';
import { type Prediction, predictProgram, readPrediction } from './predict.ts';
import { graphKey, type Plane } from './reading.ts';
import { Runner } from './runner.ts';
import { type Runs, salientOf, sampledMap } from './sampled.ts';

/** Ways back of one program. */
const WAYS_AT_ONCE = 10;

/** Inputs in one run of a method that takes many. */
const SAMPLES_AT_ONCE = 8;

/** What a model knows of its network beside the graph. */
interface About {
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  readonly logits: Logits;
}

/** The runs that answer a model's calls: what goes together into a program, what is fed to it, what is read from it. */
export class ModelRuns {
  readonly runner: Runner;
  readonly #network: Network;
  readonly #about: About;

  constructor(device: Device, network: Network, about: About) {
    this.runner = new Runner(device);
    this.#network = network;
    this.#about = about;
  }

  composite({ composite = 'epsilon-plus', parameters }: ExplainOptions): Composite {
    if (typeof composite !== 'string') {
      checkComposite(composite);
      if (parameters === undefined) return composite;
      throw new SalientError('bad-argument', 'parameters need a composite name');
    }
    return namedComposite(composite, { ...boundsOf(this.#about.preprocessing), ...parameters });
  }

  async predict(
    samples: readonly Sample[],
    options: RunOptions & { readonly top: number; readonly record: readonly string[]; readonly batch: number },
  ): Promise<Prediction[]> {
    const { top, record, batch } = options;
    const key = `predict ${JSON.stringify(record)}`;
    const predictions: Prediction[] = [];
    for (let first = 0; first < samples.length; first += batch) {
      const part = samples.slice(first, first + batch);
      const answers = await this.runner.inHalves(key, part, (together) =>
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
    options: RunOptions,
  ): Promise<Prediction[]> {
    const { batch, plane, place } = this.#placeOf(samples);
    const make = async () => predictProgram(await this.#network.graph(batch, plane), record);
    return this.runner.use(`${place} ${key}`, make, options, async (prepared) => {
      const { outputs } = await prepared.executable.run(await this.#given(samples, plane), options);
      return samples.map(({ shown }, sample) => ({
        ...readPrediction(prepared, outputs, sample, top, this.#about.labels),
        ...(shown ? { shown } : {}),
      }));
    });
  }

  async explainWays(sample: Sample, asked: readonly Condition[], options: ExplainOptions): Promise<Explanation[]> {
    const samples = [sample];
    const conditions = await this.#atPixels(sample, asked, options);
    const all = this.resolved(options, conditions);
    const explanations: Explanation[] = [];
    if (takesSamples(all.method)) {
      for (const { target, channels } of conditions) {
        explanations.push(...(await this.explainBySamples(samples, { ...options, target, channels })));
      }
      return explanations;
    }
    for (let first = 0; first < conditions.length; first += WAYS_AT_ONCE) {
      const part = conditions.slice(first, first + WAYS_AT_ONCE);
      const explain = (each: readonly Condition[]) =>
        this.explainAtOnce(samples, this.resolved(options, each), options);
      explanations.push(...(await this.runner.inHalves(`targets ${all.key}`, part, explain)));
    }
    return explanations;
  }

  /** On a spatial output, targets by their weights: where a class is the network itself must say first. */
  async #atPixels(
    sample: Sample,
    conditions: readonly Condition[],
    options: ExplainOptions,
  ): Promise<readonly Condition[]> {
    if (!this.isAtPixels(options)) return conditions;
    const { plane } = this.#placeOf([sample]);
    const shape = (await this.#network.graph(1, plane)).shapes.get(this.#about.logits.value)!;
    const [, classes, height, width] = shape as [number, number, number, number];
    const [answer] = await this.#predictAtOnce([sample], 'predict []', [], 1, { signal: options.signal });
    const scores = { data: answer!.logits.data, classes, height, width };
    return atPixels(conditions, scores, this.#about.labels, sample, this.#about.preprocessing);
  }

  /** Each sample by itself: what the network answers, then many runs from the same start, then the SR map of their mean. */
  async explainBySamples(samples: readonly Sample[], options: ExplainOptions): Promise<Explanation[]> {
    const resolved = this.resolved(options);
    const plainOptions = { ...options, method: wayBackOf(resolved.method), saliency: false } as const;
    const explanations: Explanation[] = [];
    for (const sample of samples) {
      const [own] = await this.explainAtOnce([sample], this.resolved(plainOptions), plainOptions);
      const { weights } = resolved.targets[0]!;
      const target = weights ?? oneHot(own!.target.class!.index, this.#about.labels.length);
      const asked = { ...plainOptions, target, profile: undefined };
      const once = this.resolved(asked);
      const runs: Runs = {
        batch: SAMPLES_AT_ONCE,
        black: boundsOf(this.#about.preprocessing).low,
        maps: async (inputs) => {
          const part = inputs.map((tensor) => ({ tensor }));
          const explain = (each: readonly Sample[]) => this.explainAtOnce(each, once, asked);
          return (await this.runner.inHalves(once.key, part, explain)).map(({ relevance }) => relevance);
        },
        scores: async (inputs) => {
          const part = inputs.map((tensor) => ({ tensor }));
          const answers = await this.predict(part, { top: 1, record: [], batch: part.length, signal: options.signal });
          return answers.map(({ logits }) => target.reduce((sum, weight, k) => sum + weight * logits.data[k]!, 0));
        },
      };
      const { map, completenessError } = await sampledMap(sample.tensor, resolved.method, runs);
      const salient =
        resolved.program.saliency && (await salientOf(this.runner, map, resolved.program.saliency, options));
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
  async explainAtOnce(
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
    const make = async () => explainProgram(await this.#network.graph(batch, plane), resolved.program);
    return this.runner.use(`${place} ${resolved.key}`, make, options, async (prepared) => {
      const { outputs, profile } = await prepared.executable.run(given, options);
      return samples.flatMap(({ shown }, sample) =>
        resolved.targets.map((_, target) => ({
          ...readExplanation(
            prepared,
            outputs,
            sample,
            target,
            resolved,
            this.#about.labels,
            this.#about.logits.probability,
          ),
          batch,
          ...(shown ? { shown } : {}),
          ...(profile ? { profile } : {}),
        })),
      );
    });
  }

  samples(inputs: readonly ExplainInput[]): Sample[] {
    const { first } = this.#network;
    const given = inputs.flatMap((input) => samplesOf(input, this.#about.preprocessing, first.inputs[0]!.shape.length));
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
    const { name, shape } = (await this.#network.graph(samples.length, plane)).inputs[0]!;
    return new Map([[name, inputData(samples, shape)]]);
  }

  /** Whether targets are classes at pixels. */
  isAtPixels({ start }: ExplainOptions): boolean {
    return start === undefined && isSpatial(this.#network.first, this.#about.logits.value);
  }

  resolved(options: ExplainOptions, conditions?: readonly Condition[]): ResolvedOptions {
    this.#network.throwIfClosed();
    return resolveOptions(options, this.composite(options), this.#about.labels, conditions, this.isAtPixels(options));
  }
}
