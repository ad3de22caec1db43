import { elementCount } from '../tensor/tensor.ts';
import type { Graph, GraphNode } from './graph.ts';
import { producersOf } from './questions.ts';

/** What an explanation explains, and how it is told. */
export interface Logits {
  /** The value at which relevance starts. */
  readonly value: string;
  /** Why it is this one, for people. */
  readonly reason: string;
  /** How scores become probabilities: over all classes together, or each class by itself. */
  readonly probability: 'softmax' | 'sigmoid';
}

/**
 * The logits of a network: what stands before a Softmax or Sigmoid at its end, past a Clip, or else its first output.
 * What only moves numbers after them (Reshape, Transpose) is seen through.
 */
export function logitsOf(graph: Graph): Logits {
  const found = findLogits(graph);
  if (!isSpatial(graph, found.value)) return found;
  const [, classes, height, width] = graph.shapes.get(found.value)!;
  return { ...found, reason: `${found.reason}: ${classes} classes at each of ${height}×${width} pixels` };
}

function findLogits(graph: Graph): Logits {
  const producers = producersOf(graph);
  const output = graph.outputs[0]!.name;
  const of = graph.chosenOutput === undefined ? '' : `, of ${graph.chosenOutput}`;
  let clip: GraphNode | undefined;
  let value = output;
  for (;;) {
    const node = producers.get(value);
    if (node?.op === 'Softmax' || node?.op === 'Sigmoid') {
      const logits = beforeReshapes(node.inputs[0]!, producers);
      return {
        value: logits,
        reason: `"${logits}", which goes into ${node.op === 'Softmax' && node.log ? 'LogSoftmax' : node.op} "${node.name}"${of}`,
        probability: node.op === 'Sigmoid' || isSingle(graph, logits) ? 'sigmoid' : 'softmax',
      };
    }
    if (node?.op === 'Clip') clip ??= node;
    else if (node?.op !== 'Reshape' && node?.op !== 'Transpose') break;
    value = node.inputs[0]!;
  }
  const logits = clip === undefined ? output : beforeReshapes(clip.inputs[0]!, producers);
  return {
    value: logits,
    reason:
      clip === undefined
        ? (graph.chosenOutput ?? `output "${output}"`)
        : `"${logits}", which goes into Clip "${clip.name}"${of}`,
    probability: isSingle(graph, logits) ? 'sigmoid' : 'softmax',
  };
}

/** Whether a value holds scores of classes at each pixel, [N,C,h,w]. */
export function isSpatial(graph: Graph, value: string): boolean {
  const shape = graph.shapes.get(value)!;
  return shape.length === 4 && shape[2]! * shape[3]! > 1;
}

/** Whether a sample has one logit only: that of a class against all else. */
function isSingle(graph: Graph, value: string): boolean {
  return elementCount(graph.shapes.get(value)!) === graph.inputs[0]!.shape[0];
}

function beforeReshapes(value: string, producers: ReadonlyMap<string, GraphNode>): string {
  let before = value;
  for (let node = producers.get(before); node?.op === 'Reshape'; node = producers.get(before)) before = node.inputs[0]!;
  return before;
}
