import { SalientError } from '../error.ts';
import { classMap } from '../explain/spatial-target.ts';
import type { Graph } from '../graph/graph.ts';
import { isSpatial, type Logits, logitsOf } from '../graph/logits.ts';
import { elementCount, formatShape, type Tensor } from '../tensor/tensor.ts';

/** More classes than any classifier has. */
const MOST_CLASSES = 2 ** 21;

/** More scores than any segmentation network gives for a photograph. */
const MOST_OUTPUTS = 2 ** 27;

/** One class of a network's answer. */
export interface ClassScore {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  /**
   * Softmax over the logits; of a single logit, and of a network that ends in Sigmoid, the sigmoid of each. Of a network
   * that scores classes at each pixel: the share of pixels for which the class is the likeliest; `logit` is its mean then.
   */
  readonly probability: number;
}

/** All classes with probability, highest logit first; equal logits in class order. */
export function rankClasses({ data }: Tensor, labels: readonly string[], kind: Logits['probability']): ClassScore[] {
  if (data.length > labels.length) return rankByPixels(data, labels);
  const logits = Array.from(data);
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return logits
    .map((logit, index) => ({
      index,
      label: labels[index] ?? `class ${index}`,
      logit,
      probability: kind === 'softmax' ? powers[index]! / sum : 1 / (1 + Math.exp(-logit)),
    }))
    .sort((a, b) => b.logit - a.logit);
}

/** Classes of a spatial output [C,h,w]. */
function rankByPixels(data: Tensor['data'], labels: readonly string[]): ClassScore[] {
  const pixels = data.length / labels.length;
  const counts = new Float64Array(labels.length);
  const scores = { data, classes: labels.length, height: 1, width: pixels };
  for (const index of classMap(scores)) if (index >= 0) counts[index]!++;
  return labels
    .map((label, index) => {
      let sum = 0;
      for (let i = index * pixels; i < (index + 1) * pixels; i++) sum += data[i]!;
      return { index, label, logit: sum / pixels, probability: counts[index]! / pixels };
    })
    .sort((a, b) => b.probability - a.probability || b.logit - a.logit);
}

/**
 * How many classes a network tells apart.
 * @throws SalientError 'unsupported' where the logits are no list of classes that is computed from the input
 */
export function classCount(graph: Graph): number {
  const { value } = logitsOf(graph);
  const refuse = (text: string): never => {
    throw new SalientError('unsupported', `the output "${value}" ${text}; give a network that classifies its input`);
  };
  if (graph.constants.has(value)) refuse('is constant');
  if (graph.inputs.some(({ name }) => name === value)) refuse('is the input itself');
  const shape = graph.shapes.get(value)!;
  const outputs = elementCount(shape) / (graph.inputs[0]?.shape[0] ?? 1);
  const classes = isSpatial(graph, value) ? shape[1]! : outputs;
  if (!Number.isInteger(classes) || classes > MOST_CLASSES) {
    refuse(`is ${formatShape(shape)}, which is no list of up to ${MOST_CLASSES} classes for each image`);
  }
  if (outputs > MOST_OUTPUTS) refuse(`has ${outputs} scores for each image; at most ${MOST_OUTPUTS} are taken`);
  return classes;
}

/** Weights of one class alone. */
export function oneHot(index: number, count: number): Float32Array {
  const weights = new Float32Array(count);
  weights[index] = 1;
  return weights;
}
