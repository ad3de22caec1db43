import type { Operation } from '../../tensor/operation.ts';
import type { Shape, Tensor } from '../../tensor/tensor.ts';
import { broadcastShape, broadcastStrides, forEachElement } from '../shared/walk.ts';
import { planReduce } from '../shared/wasm-walk.ts';
import { dispatchSumTo } from '../shared/webgpu-walk.ts';
import { planAffine, planBroadcastTo, planClipped, planCombine, planSumOfTwo } from './wasm.ts';
import { dispatchAffine, dispatchBroadcastTo, dispatchCombine } from './webgpu.ts';

/** Sum of n tensors, broadcast as in numpy. */
export function add(): Operation {
  return {
    name: 'add',
    attributes: {},
    shape: (inputs) => [broadcastShape(inputs)],
    reference: (inputs, [output]) => combine(inputs, output!, 0, (a, b) => a + b),
    flops: (inputs, [output]) => (inputs.length - 1) * output!.reduce((product, extent) => product * extent, 1),
    wasm: (step) => planCombine(step, 'add'),
    wasmTogether: planClipped(planSumOfTwo),
    webgpu: (step) => dispatchCombine(step, false),
  };
}

/** Product of n tensors, broadcast as in numpy. */
export function multiply(): Operation {
  return {
    name: 'multiply',
    attributes: {},
    shape: (inputs) => [broadcastShape(inputs)],
    reference: (inputs, [output]) => combine(inputs, output!, 1, (a, b) => a * b),
    flops: (inputs, [output]) => (inputs.length - 1) * output!.reduce((product, extent) => product * extent, 1),
    wasm: (step) => planCombine(step, 'multiply'),
    webgpu: (step) => dispatchCombine(step, true),
  };
}

function combine(
  inputs: readonly Tensor[],
  output: Tensor,
  start: number,
  merge: (a: number, b: number) => number,
): void {
  output.data.fill(start);
  for (const input of inputs) {
    forEachElement(output.shape, broadcastStrides(input.shape, output.shape), (to, from) => {
      output.data[to] = merge(output.data[to]!, input.data[from]!);
    });
  }
}

/** y = x·scale[c] + shift[c] per channel of axis 1: a BatchNormalization of its own. Inputs x, scale [C], shift [C]. */
export function affine(): Operation {
  return {
    name: 'affine',
    attributes: {},
    shape: ([x]) => [[...x!]],
    reference([x, scale, shift], [y]) {
      const [batch, channels] = x!.shape as [number, number];
      const plane = x!.data.length / (batch * channels);
      for (let i = 0; i < x!.data.length; i++) {
        const channel = Math.floor(i / plane) % channels;
        y!.data[i] = x!.data[i]! * scale!.data[channel]! + shift!.data[channel]!;
      }
    },
    wasm: (step) => planAffine(step),
    wasmTogether: planClipped(planAffine),
    webgpu: (step) => dispatchAffine(step),
  };
}

/** The transpose of a broadcast from `shape`: sums over the axes along which `shape` was repeated. */
export function sumTo(attributes: { readonly shape: Shape }): Operation {
  return {
    name: 'sum-to',
    attributes: { ...attributes },
    shape: () => [[...attributes.shape]],
    reference([x], [output]) {
      output!.data.fill(0);
      forEachElement(x!.shape, broadcastStrides(attributes.shape, x!.shape), (from, to) => {
        output!.data[to]! += x!.data[from]!;
      });
    },
    wasm: (step) => planReduce(step, 1),
    webgpu: (step) => dispatchSumTo(step, 1),
  };
}

/** x·factor, repeated along the axes where x has extent 1. Input [..1..]; output `shape`. */
export function broadcastTo(attributes: { readonly shape: Shape; readonly factor: number }): Operation {
  return {
    name: 'broadcast-to',
    attributes: { ...attributes },
    shape: () => [[...attributes.shape]],
    reference([x], [output]) {
      forEachElement(output!.shape, broadcastStrides(x!.shape, output!.shape), (to, from) => {
        output!.data[to] = x!.data[from]! * attributes.factor;
      });
    },
    wasm: (step) => planBroadcastTo(step, attributes.factor),
    webgpu: (step) => dispatchBroadcastTo(step, attributes.factor),
  };
}
