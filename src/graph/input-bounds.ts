import { SalientError } from '../error.ts';
import { toFloat64 } from '../tensor/source.ts';
import type { Graph, GraphNode } from './graph.ts';

/** The least and the largest number that each channel (axis 1) of a value can hold. */
export interface Bounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * The bounds of a value that only normalisation, activations, pools and the choice of channels separate from the
 * network's input; `undefined` where something else does.
 *
 * @param input the bounds of the network's first input, one for all channels or one per channel
 */
export function boundsOfValue(graph: Graph, value: string, input: Bounds): Bounds | undefined {
  const [first] = graph.inputs;
  if (first === undefined || first.name === value) return input;
  const channels = first.shape[1] ?? 1;
  const known = new Map<string, Known>([
    [first.name, { low: perChannel(input.low, channels), high: perChannel(input.high, channels), axis: 1 }],
  ]);
  for (const node of graph.nodes) {
    const bounds = boundsAfter(graph, node, known);
    node.outputs.forEach((output, index) => {
      const one = bounds?.[index];
      if (one !== undefined) known.set(output, one);
    });
    if (node.outputs.includes(value)) break;
  }
  const found = known.get(value);
  return found?.axis === 1 ? { low: found.low, high: found.high } : undefined;
}

/** Bounds of a value that has its channels along this axis. */
interface Known extends Bounds {
  readonly axis: number;
}

function perChannel(numbers: readonly number[], channels: number): readonly number[] {
  if (numbers.length === channels) return numbers;
  if (numbers.length === 1) return new Array<number>(channels).fill(numbers[0]!);
  throw new SalientError(
    'bad-argument',
    `the network's input has ${channels} channels, but ${numbers.length} bounds are given; give one, or one per channel`,
  );
}

/** The bounds of a node's outputs. */
function boundsAfter(graph: Graph, node: GraphNode, known: ReadonlyMap<string, Known>): Known[] | undefined {
  const inputs = node.inputs.map((input) => known.get(input));
  const [x] = inputs;
  if (x === undefined) return undefined;
  const { axis } = x;
  switch (node.op) {
    case 'Affine': {
      const [scale, shift] = [1, 2].map((index) => toFloat64(graph.constants.get(node.inputs[index]!)!));
      // A negative factor turns the lower bound into the upper one.
      const mapped = (positive: readonly number[], negative: readonly number[]) =>
        positive.map((_, c) => (scale![c]! < 0 ? negative : positive)[c]! * scale![c]! + shift![c]!);
      return axis === 1 ? [{ low: mapped(x.low, x.high), high: mapped(x.high, x.low), axis }] : undefined;
    }
    case 'Relu':
      return [clipped(x, 0, Number.POSITIVE_INFINITY)];
    case 'Clip':
      return [clipped(x, node.min, node.max)];
    case 'MaxPool':
    case 'AveragePool':
      return [x];
    case 'Pad': {
      const [before, after] = [node.pads[axis]!, node.pads[axis + node.pads.length / 2]!];
      if (before > 0 || after > 0) return undefined;
      return [part(x, -before, x.low.length + after)];
    }
    case 'Split': {
      if (node.axis !== axis) return node.outputs.map(() => x);
      let start = 0;
      return node.outputs.map((output) => {
        const end = start + graph.shapes.get(output)![axis]!;
        const bounds = part(x, start, end);
        start = end;
        return bounds;
      });
    }
    case 'Concat': {
      if (node.axis !== axis || inputs.some((input) => input?.axis !== axis)) return undefined;
      const all = inputs as Known[];
      return [{ low: all.flatMap(({ low }) => low), high: all.flatMap(({ high }) => high), axis }];
    }
    case 'Transpose':
      return [{ ...x, axis: node.permutation.indexOf(axis) }];
    default:
      return undefined;
  }
}

function clipped({ low, high, axis }: Known, min: number, max: number): Known {
  const clip = (number: number) => Math.min(max, Math.max(min, number));
  return { low: low.map(clip), high: high.map(clip), axis };
}

function part({ low, high, axis }: Known, start: number, end: number): Known {
  return { low: low.slice(start, end), high: high.slice(start, end), axis };
}
