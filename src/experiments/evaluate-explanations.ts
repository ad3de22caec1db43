import { SalientError, throwIfAborted } from '../error.ts';
import { centreMap, edgeMap, randomMap } from '../evaluate/baselines.ts';
import { complexity, sparseness } from '../evaluate/complexity.ts';
import { gaussianBlur, massInside, pointingGame, rankAccuracy, weightedMassInside } from '../evaluate/localisation.ts';
import { areaOverCurve, patchOrder, perturbed, type Replacement, replacementFor } from '../evaluate/perturbation.ts';
import { rankCorrelation } from '../evaluate/similarity.ts';
import { maxSensitivity, noisyCopies } from '../evaluate/stability.ts';
import { decodeImage } from '../image/codec/decode.ts';
import { sumOverChannels } from '../image/draw/heatmap.ts';
import { preprocess } from '../image/preprocess.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import type { ExplainOptions } from '../model/explain-options.ts';
import type { Explanation } from '../model/explanation.ts';
import type { Model } from '../model/model.ts';
import type { ResolvedSaliencyOptions } from '../saliency/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { DataImage } from './images.ts';
import type { Line, ResultsFile } from './results-file.ts';

/** What one map of one photograph scores. */
export interface Scores {
  /** Area over the perturbation curve, in logits: most relevant first (high is right), least relevant first (low is). */
  readonly morf: number;
  readonly lerf: number;
  /** With a mask: share of the positive map inside, the same over the object's share, maximum inside, rank accuracy. */
  readonly inside?: number;
  readonly weighted?: number;
  readonly points?: number;
  readonly rank?: number;
  readonly sparseness: number;
  readonly complexity: number;
  /** Rank correlation with the map for the least likely class: high where a method does not look at the class. */
  readonly classBlind?: number;
  /** How far noise moves the map, over the map's own norm: {@link maxSensitivity}. */
  readonly sensitivity?: number;
}

/** A way to explain, by the name under which its maps stand. */
export interface Way {
  readonly name: string;
  readonly options: ExplainOptions;
}

export interface EvaluateOptions {
  readonly ways: readonly Way[];
  /** Of the SR maps. */
  readonly saliency: ResolvedSaliencyOptions;
  /** Side of the patches in pixels. */
  readonly patch: number;
  /** Steps of a perturbation curve. */
  readonly steps: number;
  readonly replace: Replacement;
  /** Noisy copies of each input, by which a map's stability is measured; 0: it is not. */
  readonly noisy: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: Line, done: number, total: number) => void;
}

/** Inputs of a curve in one run. */
const AT_ONCE = 8;

/** Scores every way's maps, and baselines that know nothing of the network, on each image without a line yet. */
export async function evaluateExplanations(
  model: Model,
  images: readonly DataImage[],
  results: ResultsFile,
  options: EvaluateOptions,
): Promise<void> {
  const left = images.filter(({ image }) => !results.lines.has(image));
  for (const [index, image] of left.entries()) {
    throwIfAborted(options.signal);
    const line = await lineOf(model, image, options);
    await results.add(line);
    options.onLine?.(line, images.length - left.length + index + 1, images.length);
  }
}

async function lineOf(model: Model, data: DataImage, options: EvaluateOptions): Promise<Line> {
  const { image } = data;
  let photo: RgbImage;
  try {
    photo = await decodeImage(await data.read());
  } catch (error) {
    const code = error instanceof SalientError ? error.code : 'io';
    return { image, error: code, reason: (error as Error).message };
  }
  const { tensor, shown } = preprocess(photo, model.preprocessing);
  const mask = await maskOf(data, photo, model);
  const [answer] = await model.predict([tensor], { top: 1, signal: options.signal });
  const target = answer!.classes[0]!.index;
  const scored: Record<string, Scores> = {};
  const score = async (name: string, map: Tensor, ofWay: Pick<Scores, 'classBlind' | 'sensitivity'> = {}) => {
    const curve = (order: Uint32Array) => curveOf(model, tensor, order, target, options);
    const order = patchOrder(map, options.patch);
    scored[name] = {
      morf: areaOverCurve(await curve(order)),
      lerf: areaOverCurve(await curve(order.toReversed())),
      ...(mask && {
        inside: massInside(map.data, mask),
        weighted: weightedMassInside(map.data, mask),
        points: Number(pointingGame(map.data, mask)),
        rank: rankAccuracy(map.data, mask),
      }),
      sparseness: sparseness(map.data),
      complexity: complexity(map.data),
      ...ofWay,
    };
  };
  const [height, width] = [shown.height, shown.width];
  const disturbed = noisyCopies(tensor, options.noisy, options.seed);
  for (const { name, options: own } of options.ways) {
    const targets = [target, { rank: model.labels.length - 1 }];
    const explain = { ...own, saliency: options.saliency, signal: options.signal };
    const mapsOf = (explanation: Explanation): Maps => {
      const relevance = sumOverChannels(explanation.relevance);
      const positive = Float64Array.from(relevance.data, (value) => Math.max(value, 0));
      const data = gaussianBlur(positive, height, width, blurOf(options.saliency, Math.max(height, width)));
      return { relevance, SR: explanation.salient!, blurred: { shape: relevance.shape, data } };
    };
    const [first, last] = (await model.explainTargets(tensor, targets, explain)).map(mapsOf) as [Maps, Maps];
    const others: Maps[] = [];
    for (const copy of disturbed) others.push(mapsOf(await model.explain(copy, { ...explain, target })));
    for (const kind of ['relevance', 'SR', 'blurred'] as const) {
      const moved = others.map((maps) => maps[kind].data);
      await score(`${name}: ${kind}`, first[kind], {
        ...(kind !== 'blurred' && { classBlind: rankCorrelation(first[kind].data, last[kind].data) }),
        ...(moved.length > 0 && { sensitivity: maxSensitivity(first[kind].data, moved) }),
      });
    }
  }
  await score('random', randomMap(height, width, options.seed));
  await score('centre', centreMap(height, width));
  await score('edges', edgeMap(shown));
  const share = mask && mask.reduce((sum, value) => sum + value, 0) / mask.length;
  const seen = { ...(share !== undefined && { share }), ...(photo.reduced && { reduced: photo.reduced }) };
  return { image, class: model.labels[target]!, ...seen, scores: scored };
}

/** What is made of one explanation, [H,W] each. */
type Maps = Readonly<Record<'relevance' | 'SR' | 'blurred', Tensor>>;

/** Logits of the target along a perturbation curve. */
async function curveOf(
  model: Model,
  input: Tensor,
  order: Uint32Array,
  target: number,
  { patch, steps, replace, seed, signal }: EvaluateOptions,
): Promise<number[]> {
  const replaced = replacementFor(input, replace, patch, seed);
  const inputs = [...perturbed(input, order, patch, steps, replaced)];
  const answers = await model.predict(inputs, { top: 1, batch: AT_ONCE, signal });
  return answers.map(({ logits }) => logits.data[target]!);
}

/** The mask of a photograph as the network sees it, 1 on the object; nothing where there is none. */
async function maskOf(data: DataImage, { width, height }: RgbImage, model: Model): Promise<Uint8Array | undefined> {
  const bytes = await data.readMask();
  if (bytes === undefined) return undefined;
  const mask = await decodeImage(bytes);
  if (mask.width !== width || mask.height !== height) {
    throw new SalientError(
      'shape-mismatch',
      `the mask of ${data.image} is ${mask.width}×${mask.height}, but its photograph ${width}×${height}; make the mask anew`,
    );
  }
  const { shown } = preprocess(mask, model.preprocessing);
  return Uint8Array.from({ length: shown.width * shown.height }, (_, i) => Number(shown.data[3 * i]! > 127));
}

/**
 * Standard deviation, in pixels, of a blur as wide as SR's patches: a box of their mean width over the scales.
 */
function blurOf({ patch, scales, size }: ResolvedSaliencyOptions, side: number): number {
  const width = scales.reduce((sum, scale) => sum + patch / scale, 0) / scales.length;
  return (width * (size === 'none' ? 1 : side / size)) / Math.sqrt(12);
}
