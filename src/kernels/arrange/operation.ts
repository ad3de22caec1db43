import type { Operation } from '../../tensor/operation.ts';
import { elementCount, type Shape, stridesOf } from '../../tensor/tensor.ts';
import { forEachElement } from '../shared/walk.ts';
import { type PadAttributes, paddedShape, padOrigins } from './attributes.ts';
import { planConcat, planPad, planPadTranspose, planSlice, planTranspose } from './wasm.ts';
import { dispatchConcat, dispatchPad, dispatchPadTranspose, dispatchSlice, dispatchTranspose } from './webgpu.ts';

export type * from './attributes.ts';

/** Joins tensors along an axis. */
export function concat({ axis }: { readonly axis: number }): Operation {
  return {
    name: 'concat',
    attributes: { axis },
    shape(inputs) {
      const total = inputs.reduce((sum, shape) => sum + shape[axis]!, 0);
      return [inputs[0]!.map((extent, i) => (i === axis ? total : extent))];
    },
    reference(inputs, [output]) {
      const strides = stridesOf(output!.shape);
      let start = 0;
      for (const input of inputs) {
        const place = (from: number, to: number) => {
          output!.data[to] = input.data[from]!;
        };
        forEachElement(input.shape, strides, place, start * strides[axis]!);
        start += input.shape[axis]!;
      }
    },
    wasm: (step) => planConcat(step, axis),
    webgpu: (step) => dispatchConcat(step, axis),
  };
}

/** `length` entries of an axis from `start` on: one output of a Split, or the way back of a Concat. */
export function slice(attributes: {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}): Operation {
  const { axis, start, length } = attributes;
  return {
    name: 'slice',
    attributes: { ...attributes },
    shape: ([x]) => [x!.map((extent, i) => (i === axis ? length : extent))],
    reference([x], [output]) {
      const strides = stridesOf(x!.shape);
      const place = (to: number, from: number) => {
        output!.data[to] = x!.data[from]!;
      };
      forEachElement(output!.shape, strides, place, start * strides[axis]!);
    },
    wasm: (step) => planSlice(step, axis, start),
    webgpu: (step) => dispatchSlice(step, axis, start),
  };
}

/** Permutes axes: output axis i is input axis permutation[i]. */
export function transpose({ permutation }: { readonly permutation: readonly number[] }): Operation {
  return {
    name: 'transpose',
    attributes: { permutation },
    shape: ([x]) => [permutation.map((axis) => x![axis]!)],
    reference([x], [output]) {
      const strides = stridesOf(x!.shape);
      forEachElement(
        output!.shape,
        permutation.map((axis) => strides[axis]!),
        (to, from) => {
          output!.data[to] = x!.data[from]!;
        },
      );
    },
    wasm: (step) => planTranspose(step, permutation),
    webgpu: (step) => dispatchTranspose(step, permutation),
  };
}

/** Pads (or crops) every axis. */
export function pad(attributes: PadAttributes): Operation {
  return {
    name: 'pad',
    attributes: { ...attributes },
    shape: ([x]) => [paddedShape(x!, attributes)],
    reference([x], [output]) {
      const origins = padOrigins(x!.shape, attributes);
      forEachOrigin(output!.shape, origins, stridesOf(x!.shape), (to, from) => {
        output!.data[to] = from < 0 ? attributes.value : x!.data[from]!;
      });
    },
    wasm: (step) => planPad(step, attributes),
    webgpu: (step) => dispatchPad(step, padOrigins(step.inputs[0]!.shape, attributes), attributes.value),
  };
}

/** The transpose of {@link pad}: what falls on padding of mode `constant` is dropped, else it goes where it came from. */
export function padTranspose(attributes: PadAttributes & { readonly shape: Shape }): Operation {
  return {
    name: 'pad-transpose',
    attributes: { ...attributes },
    shape: () => [[...attributes.shape]],
    reference([relevance], [output]) {
      output!.data.fill(0);
      const origins = padOrigins(attributes.shape, attributes);
      forEachOrigin(relevance!.shape, origins, stridesOf(attributes.shape), (from, to) => {
        if (to >= 0) output!.data[to]! += relevance!.data[from]!;
      });
    },
    wasm: (step) => planPadTranspose(step, attributes),
    webgpu: (step) => dispatchPadTranspose(step, attributes.shape, padOrigins(attributes.shape, attributes)),
  };
}

/** Visits each output element with the input element it shows, or a negative number. */
function forEachOrigin(
  shape: Shape,
  origins: readonly (readonly number[])[],
  strides: readonly number[],
  visit: (index: number, from: number) => void,
): void {
  const own = stridesOf(shape);
  const count = elementCount(shape);
  for (let index = 0; index < count; index++) {
    let from = 0;
    for (let axis = 0; axis < shape.length && from >= 0; axis++) {
      const origin = origins[axis]![Math.floor(index / own[axis]!) % shape[axis]!]!;
      from = origin < 0 ? -1 : from + origin * strides[axis]!;
    }
    visit(index, from);
  }
}
