import type { Logits } from '../graph/logits.ts';
import type { Tensor } from '../tensor/tensor.ts';

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
