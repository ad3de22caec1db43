import { elementCount, type Shape, stridesOf } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { finite } from '../shared/webgpu-elements.ts';
import { dispatchWalk } from '../shared/webgpu-walk.ts';

export function dispatchConcat(step: GpuStep, axis: number): void {
  const [output] = step.outputs as [GpuTensor];
  const to = stridesOf(output.shape);
  let start = 0;
  for (const input of step.inputs) {
    const { shape } = input;
    dispatchWalk(step, input, output, { grid: shape, from: stridesOf(shape), to, start: start * to[axis]! });
    start += shape[axis]!;
  }
}

export function dispatchSlice(step: GpuStep, axis: number, start: number): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const from = stridesOf(input.shape);
  const walk = { grid: output.shape, from, to: stridesOf(output.shape), first: start * from[axis]! };
  dispatchWalk(step, input, output, walk);
}

export function dispatchTranspose(step: GpuStep, permutation: readonly number[]): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const strides = stridesOf(input.shape);
  const from = permutation.map((axis) => strides[axis]!);
  dispatchWalk(step, input, output, { grid: output.shape, from, to: stridesOf(output.shape) });
}

/** Pads or crops axis after axis: `origins` says for each output coordinate of an axis what it shows, −1 for `value`. */
export function dispatchPad(step: GpuStep, origins: readonly (readonly number[])[], value: number): void {
  const entries = origins.map((origin) => origin.map((from) => (from < 0 ? [] : [from])));
  mapAxes(step, entries, value);
}

/** The transpose of {@link dispatchPad}: each input coordinate sums the outputs that show it. */
export function dispatchPadTranspose(step: GpuStep, shape: Shape, origins: readonly (readonly number[])[]): void {
  const entries = origins.map((origin, axis) => {
    const sources: number[][] = Array.from({ length: shape[axis]! }, () => []);
    for (const [to, from] of origin.entries()) if (from >= 0) sources[from]!.push(to);
    return sources;
  });
  mapAxes(step, entries, 0);
}

/** Applies a sparse map to each axis that it changes; entries [axis][output coordinate] are the inputs that it sums. */
function mapAxes(step: GpuStep, entries: readonly (readonly (readonly number[])[])[], value: number): void {
  const changed = entries.flatMap((rows, axis) => {
    const same =
      rows.length === step.inputs[0]!.shape[axis] && rows.every((row, i) => row.length === 1 && row[0] === i);
    return same ? [] : [axis];
  });
  let input = step.inputs[0]!;
  // A map that changes nothing is still a copy.
  for (const axis of changed.length > 0 ? changed : [0]) {
    const rows = entries[axis]!;
    const shape = input.shape.map((extent, i) => (i === axis ? rows.length : extent));
    const last = axis === (changed.at(-1) ?? 0);
    const output = last ? step.outputs[0]! : step.scratch(shape, `axis ${axis}`);
    const ends: number[] = [];
    for (const row of rows) ends.push((ends.at(-1) ?? 0) + row.length);
    step.dispatch('axis-sum', {
      constants: {
        COUNT: elementCount(shape),
        FROM: input.shape[axis]!,
        TO: rows.length,
        INNER: elementCount(shape.slice(axis + 1)),
        VALUE: finite(value),
      },
      bindings: { input, rows: step.table(Uint32Array.from([0, ...ends, ...rows.flat()])), output },
      workgroups: flatWorkgroups(elementCount(shape)),
    });
    input = output;
  }
}
