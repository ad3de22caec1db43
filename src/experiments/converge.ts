import { cosine } from '../evaluate/complexity.ts';
import { explainProgram, ofWay } from '../explain/explain-program.ts';
import { resolveMethod, wayBackOf } from '../explain/methods.ts';
import { normalNoise } from '../explain/samples.ts';
import type { Graph } from '../graph/graph.ts';
import type { Model } from '../model/model.ts';
import { sampleOf, type Tensor } from '../tensor/tensor.ts';
import type { Way } from './evaluate-explanations.ts';
import { layersOf } from './randomise.ts';

/*
 * Whether the way back forgets where it started (Sixt, Granz, Landgraf 2020, "When explanations lie: why many modified BP
 * attributions fail", cosine similarity convergence): rules that keep positive parts alone multiply non-negative
 * matrices, whose products converge to rank one; then every start gives the same map.
 */

export interface ConvergeOptions {
  readonly ways: readonly Way[];
  /** Pairs of random starts for each input. */
  readonly pairs: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** How alike two random starts have become where they reach a layer's input. */
export interface ConvergedLayer {
  readonly layer: string;
  /** By way: the median of |cos| over inputs and pairs; 1: only one map is left, up to its sign and scale. */
  readonly cosines: Readonly<Record<string, number>>;
}

/**
 * From the last layer to the first, the median of |cos(R, R')|, of the relevance R and R' that two starts with normal
 * random numbers at the logits bring to the layer's input. The start is the random vector itself, without the logit.
 * Inputs: preprocessed, [C,H,W].
 */
export async function converge(
  model: Model,
  inputs: readonly Tensor[],
  { ways, pairs, seed, signal, onProgress }: ConvergeOptions,
): Promise<ConvergedLayer[]> {
  const graph = await model.graph();
  const classes = model.labels.length;
  const layers = layersOf(graph);
  const values = layers.map((layer) => graph.nodes.find(({ name }) => name === layer)!.inputs[0]!);
  const found = layers.map(() => ({}) as Record<string, number>);
  const total = ways.length * inputs.length * pairs;
  let done = 0;
  for (const { name, options } of ways) {
    const { program, recorded } = explainProgram(graph, {
      method: wayBackOf(resolveMethod(options.method)),
      composite: model.composite(options),
      ways: [GIVEN, GIVEN],
      saliency: false,
      record: values.filter((value) => value !== graph.inputs[0]!.name),
    });
    const cosines: number[][] = layers.map(() => []);
    const noise = normalNoise(seed);
    using executable = await model.device.prepare(program, { signal });
    for (const input of inputs) {
      for (let pair = 0; pair < pairs; pair++) {
        const given = givenTo(graph, input, classes, noise);
        const { outputs } = await executable.run(given, { signal });
        for (const [index, value] of values.entries()) {
          const of = recorded.get(value);
          const output = of === undefined ? 'relevance' : `relevance:${of}`;
          const [a, b] = [0, 1].map((way) => outputs.get(ofWay(output, way)));
          if (a !== undefined && b !== undefined) {
            cosines[index]!.push(Math.abs(cosine(sampleOf(a, 0).data, sampleOf(b, 0).data)));
          }
        }
        onProgress?.(++done, total);
      }
    }
    for (const [index, list] of cosines.entries()) if (list.length > 0) found[index]![name] = median(list);
  }
  return layers.map((layer, index) => ({ layer, cosines: found[index]! }));
}

const GIVEN = { start: { target: 'given', init: 'one' } } as const;

function givenTo(
  graph: Graph,
  input: Tensor,
  classes: number,
  noise: ReturnType<typeof normalNoise>,
): Map<string, Float32Array> {
  const start = () => Float32Array.from({ length: classes }, () => noise.next().value);
  return new Map([
    [graph.inputs[0]!.name, Float32Array.from(input.data)],
    [ofWay('target', 0), start()],
    [ofWay('target', 1), start()],
  ]);
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle - 0.5)]! + sorted[Math.ceil(middle - 0.5)]!) / 2;
}
