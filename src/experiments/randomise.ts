import { type Estimate, generator, meanWithInterval } from '../evaluate/bootstrap.ts';
import { HOG_LEAST, hogSimilarity } from '../evaluate/hog.ts';
import { rankCorrelation, SSIM_LEAST, ssim } from '../evaluate/similarity.ts';
import { explainProgram } from '../explain/explain-program.ts';
import { resolveMethod, wayBackOf } from '../explain/methods.ts';
import type { Graph } from '../graph/graph.ts';
import { scaleOf, sumOverChannels } from '../image/draw/heatmap.ts';
import type { Model } from '../model/model.ts';
import type { ResolvedSaliencyOptions } from '../saliency/options.ts';
import { sourceOf, type TensorSource, toFloat32 } from '../tensor/source.ts';
import { sampleOf, type Tensor } from '../tensor/tensor.ts';
import type { Way } from './evaluate-explanations.ts';

/*
 * Randomisation of a network's parameters (Adebayo et al. 2018, "Sanity checks for saliency maps"): a map that stays as
 * it was when the weights no longer hold what was learnt did not show what was learnt.
 */

/** `cascading`: all layers from the last one down to this one; `independent`: this one alone. */
export type Randomisation = 'cascading' | 'independent';

export interface RandomiseOptions {
  readonly ways: readonly Way[];
  readonly saliency: ResolvedSaliencyOptions;
  readonly kind: Randomisation;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * By what two maps are compared: Spearman's rank correlation, SSIM of the maps brought to a maximum of 1, and the
 * correlation of their histograms of oriented gradients.
 */
export const LIKENESSES = ['spearman', 'ssim', 'hog'] as const;
export type Likeness = (typeof LIKENESSES)[number];
/** SSIM and oriented gradients are left out for maps too small for them (7×7, 24×24). */
export type Likenesses = Readonly<Partial<Record<Likeness, Estimate>> & { spearman: Estimate }>;

/** How like the maps of the trained network those of one with randomised layers are, over images. */
export interface RandomisedLayer {
  readonly layer: string;
  /** By way. */
  readonly maps: Readonly<Record<string, { readonly relevance: Likenesses; readonly sr: Likenesses }>>;
}

/** The convolutions and dense layers that have weights, last to first. */
export function layersOf(graph: Graph): string[] {
  return graph.nodes
    .filter(({ op, inputs }) => (op === 'Conv' || op === 'Dense') && graph.constants.has(inputs[1]!))
    .map(({ name }) => name)
    .reverse();
}

/** The network with the weights of some layers in another order each: their distribution stays as it is. */
export function withShuffledWeights(graph: Graph, layers: ReadonlySet<string>, seed: number): Graph {
  const constants = new Map(graph.constants);
  for (const [index, node] of graph.nodes.entries()) {
    if (!layers.has(node.name)) continue;
    const name = node.inputs[1]!;
    constants.set(name, shuffled(graph.constants.get(name)!, seed * 1000 + index));
  }
  return { ...graph, constants };
}

function shuffled(source: TensorSource, seed: number): TensorSource {
  const data = Float32Array.from(toFloat32(source));
  const next = generator(seed);
  for (let i = data.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [data[i], data[j]] = [data[j]!, data[i]!];
  }
  return sourceOf(source.name, source.shape, data);
}

/**
 * For each layer, from the last one on, how like the maps stay when its weights are shuffled. The class that is explained
 * is the one that the trained network predicts. Inputs: preprocessed, [C,H,W].
 */
export async function randomise(
  model: Model,
  inputs: readonly Tensor[],
  { ways, saliency, kind, seed, signal, onProgress }: RandomiseOptions,
): Promise<RandomisedLayer[]> {
  const graph = await model.graph();
  const classes = model.labels.length;
  const targets = await predictedClasses(model, inputs, signal);
  const mapsOf = async (of: Graph, { options }: Way): Promise<Maps[]> => {
    const { program } = explainProgram(of, {
      method: wayBackOf(resolveMethod(options.method)),
      composite: model.composite(options),
      ways: [{ start: { target: 'given', init: options.method === undefined ? 'logit' : 'one' } }],
      saliency,
      record: [],
    });
    using executable = await model.device.prepare(program, { signal });
    const maps: Maps[] = [];
    for (const [index, input] of inputs.entries()) {
      const target = new Float32Array(classes);
      target[targets[index]!] = 1;
      const given = new Map([
        [of.inputs[0]!.name, Float32Array.from(input.data)],
        ['target', target],
      ]);
      const { outputs } = await executable.run(given, { signal });
      const relevance = sumOverChannels(sampleOf(outputs.get('relevance')!, 0));
      maps.push({ relevance, sr: sampleOf(outputs.get('salient')!, 0) });
    }
    return maps;
  };
  const layers = layersOf(graph);
  const total = ways.length * (layers.length + 1);
  let done = 0;
  const trained = new Map<string, Maps[]>();
  for (const way of ways) {
    trained.set(way.name, await mapsOf(graph, way));
    onProgress?.(++done, total);
  }
  const results: RandomisedLayer[] = [];
  for (const [depth, layer] of layers.entries()) {
    const chosen = new Set(kind === 'cascading' ? layers.slice(0, depth + 1) : [layer]);
    const random = withShuffledWeights(graph, chosen, seed);
    const maps: Record<string, { relevance: Likenesses; sr: Likenesses }> = {};
    for (const way of ways) {
      const found = await mapsOf(random, way);
      const own = trained.get(way.name)!;
      const like = (map: keyof Maps) =>
        likenessesOf(
          own.map((each, i) => [each[map], found[i]![map]]),
          seed,
        );
      maps[way.name] = { relevance: like('relevance'), sr: like('sr') };
      onProgress?.(++done, total);
    }
    results.push({ layer, maps });
  }
  return results;
}

/** Of one image: relevance [H,W], and SR [H,W]. */
interface Maps {
  readonly relevance: Tensor;
  readonly sr: Tensor;
}

/** Over images, how like the two maps [H,W] of each are. */
function likenessesOf(pairs: readonly (readonly [Tensor, Tensor])[], seed: number): Likenesses {
  const over = (measure: (a: Tensor, b: Tensor) => number) =>
    meanWithInterval(
      pairs.map(([a, b]) => measure(a, b)),
      seed,
    );
  const [height, width] = pairs[0]![0].shape as [number, number];
  const least = Math.min(height, width);
  return {
    spearman: over((a, b) => rankCorrelation(a.data, b.data)),
    ...(least >= SSIM_LEAST && { ssim: over((a, b) => ssim(scaled(a), scaled(b), height, width, 2)) }),
    ...(least >= HOG_LEAST && { hog: over((a, b) => hogSimilarity(a.data, b.data, height, width)) }),
  };
}

/** A map over its largest magnitude: in [−1, 1]. */
function scaled(map: Tensor): Float64Array {
  const largest = scaleOf(map);
  return Float64Array.from(map.data, (value) => (largest === 0 ? 0 : value / largest));
}

async function predictedClasses(
  model: Model,
  inputs: readonly Tensor[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const classes: number[] = [];
  for (const input of inputs) {
    const [prediction] = await model.predict([input], { top: 1, signal });
    classes.push(prediction!.classes[0]!.index);
  }
  return classes;
}
