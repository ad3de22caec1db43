import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { type Logits, logitsOf } from '../graph/logits.ts';
import { elementCount, formatShape, type Tensor } from '../tensor/tensor.ts';

/** More scores than any classifier or segmentation network gives. */
const MOST_CLASSES = 2 ** 21;

export interface ClassScore {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  /** Softmax over the logits; of a single logit, and of a network that ends in Sigmoid, the sigmoid of each. */
  readonly probability: number;
}

/** All classes with probability, highest logit first; equal logits in class order. */
export function rankClasses({ data }: Tensor, labels: readonly string[], kind: Logits['probability']): ClassScore[] {
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
  const classes = elementCount(shape) / (graph.inputs[0]?.shape[0] ?? 1);
  if (!Number.isInteger(classes) || classes > MOST_CLASSES) {
    refuse(`is ${formatShape(shape)}, which is no list of up to ${MOST_CLASSES} classes for each image`);
  }
  return classes;
}

/** Weights of one class alone. */
export function oneHot(index: number, count: number): Float32Array {
  const weights = new Float32Array(count);
  weights[index] = 1;
  return weights;
}
