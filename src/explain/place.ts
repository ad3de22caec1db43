import { SalientError } from '../error.ts';
import type { Forward } from '../forward/forward.ts';
import type { Graph } from '../graph/graph.ts';
import { valueNamed } from '../graph/questions.ts';
import { broadcastTo, multiply } from '../kernels/elementwise/operation.ts';
import type { Start } from '../reverse/add-reverse.ts';
import type { ProgramBuilder } from '../tensor/program.ts';
import { sourceOf } from '../tensor/source.ts';
import { elementCount, formatShape } from '../tensor/tensor.ts';

/** A start inside the network: a layer, or one channel or position of it. */
export interface Place {
  /** A value's name, or a node's for its first output: [N,C,...]. */
  readonly layer: string;
  /** Default: all. */
  readonly channel?: number | undefined;
  /** One index for each axis after the channels', as [y, x]. Default: all. */
  readonly position?: readonly number[] | undefined;
}

/** What is given at the place: its activation, or 1. */
export type PlaceInit = 'logit' | 'one';

/**
 * Where a way back from a place begins (Achtibat et al. 2023, section "Conditional attribution": one filter, or one of
 * its neurons, in place of an output).
 * @throws SalientError 'bad-argument' for a layer, a channel or a position that the network does not have
 */
export function placeStart(
  builder: ProgramBuilder,
  graph: Graph,
  forward: Forward,
  place: Place,
  init: PlaceInit,
): Start {
  const value = placeValue(graph, place);
  const activation = forward.values.get(value)!;
  const shape = builder.shape(activation);
  const mask = sourceOf('start', [1, ...shape.slice(1)], maskOf(shape, place));
  const constant = builder.constant(mask);
  const buffer =
    init === 'one'
      ? builder.add(broadcastTo({ shape, factor: 1 }), [constant])
      : builder.add(multiply(), [activation, constant]);
  return { value, buffer };
}

/** The value of a place; checked. */
export function placeValue(graph: Graph, place: Place): string {
  const value = valueNamed(graph, place.layer);
  const shape = graph.shapes.get(value)!;
  if (graph.constants.has(value) || shape.length < 2) {
    const found = graph.constants.has(value) ? 'is constant' : `is [${formatShape(shape)}]`;
    throw new SalientError(
      'bad-argument',
      `"${place.layer}" ${found}; a start needs a layer [N,C,...] that the input decides`,
    );
  }
  const { channel, position } = place;
  const within = (index: number, extent: number) => Number.isInteger(index) && index >= 0 && index < extent;
  if (channel !== undefined && !within(channel, shape[1]!)) {
    throw new SalientError(
      'bad-argument',
      `"${place.layer}" has no channel ${channel}; its channels are 0 to ${shape[1]! - 1}`,
    );
  }
  const plane = shape.slice(2);
  if (
    position !== undefined &&
    (position.length !== plane.length || !position.every((index, axis) => within(index, plane[axis]!)))
  ) {
    throw new SalientError(
      'bad-argument',
      `"${place.layer}" has no position ${position.join(',')}; its positions are [${formatShape(plane)}]`,
    );
  }
  return value;
}

function maskOf(shape: readonly number[], { channel, position }: Place): Float32Array {
  const plane = elementCount(shape.slice(2));
  const at = position?.reduce((index, along, axis) => index * shape[2 + axis]! + along, 0);
  return Float32Array.from({ length: shape[1]! * plane }, (_, i) => {
    const isChannel = channel === undefined || Math.floor(i / plane) === channel;
    return isChannel && (at === undefined || i % plane === at) ? 1 : 0;
  });
}
