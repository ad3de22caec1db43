import { type Shape, sameShape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';

/** Runs of consecutive elements that one axis may be cut into: each becomes a Pad that crops. */
const MOST_RUNS = 64;

/** Which elements of an axis are wanted, in order. */
export interface Pick {
  readonly axis: number;
  readonly indices: readonly number[];
}

/** From the first element to behind the last. */
type Run = readonly [number, number];

/** Emits a choice of elements of a computed value: crops of consecutive ones, joined in their order, in this shape. */
export function emitPicked(call: Call, picks: readonly Pick[], shape: Shape): void {
  let value = call.input(0);
  let extents = call.shape(0);
  for (const { axis, indices } of picks) {
    const runs = runsOf(indices);
    if (runs.length > MOST_RUNS) {
      call.fail(
        `it picks ${runs.length} separate runs of elements from axis ${axis} of a computed value; at most ${MOST_RUNS} are supported`,
      );
    }
    const parts = runs.map((run) => emitCrop(call, value, extents, axis, run));
    extents = extents.with(axis, indices.length);
    value =
      parts.length === 1
        ? parts[0]!
        : call.emitPart('joined', extents, (name) => ({ op: 'Concat', inputs: parts, outputs: [name], axis }));
  }
  if (sameShape(extents, shape)) call.builder.alias(call.output(), value);
  else call.emit({ op: 'Reshape', inputs: [value], outputs: [call.output()] }, shape);
}

function emitCrop(call: Call, from: string, shape: Shape, axis: number, [start, end]: Run): string {
  const pads = new Array<number>(2 * shape.length).fill(0);
  pads[axis] = -start;
  pads[axis + shape.length] = end - shape[axis]!;
  return call.emitPart('part', shape.with(axis, end - start), (name) => ({
    op: 'Pad',
    inputs: [from],
    outputs: [name],
    mode: 'constant',
    pads,
    value: 0,
  }));
}

function runsOf(indices: readonly number[]): Run[] {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last?.[1] === index) last[1]++;
    else runs.push([index, index + 1]);
  }
  return runs;
}
