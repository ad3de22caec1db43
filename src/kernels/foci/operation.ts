import type { Operation } from '../../tensor/operation.ts';
import type { FocusColumnsAttributes } from './attributes.ts';
import { planAttenuate, planFocusColumns, planFocusDistance } from './wasm.ts';
import { dispatchAttenuate, dispatchFocusColumns, dispatchFocusDistance } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * First half of an exact Euclidean distance transform: for each pixel, the distance in pixels to the nearest focus in
 * its own column, or height + width, more than any distance can be, where the column has none. Input: S [N,H,W];
 * output [N,H,W]. Two scans of each column.
 */
export function focusColumns(attributes: FocusColumnsAttributes): Operation {
  return {
    name: 'focus-columns',
    attributes: { ...attributes },
    shape: ([saliency]) => [[...saliency!]],
    reference([saliency], [output]) {
      const [batch, height, width] = saliency!.shape as [number, number, number];
      const distances = output!.data;
      const none = height + width;
      for (let n = 0; n < batch; n++) {
        for (let x = 0; x < width; x++) {
          const at = (y: number) => (n * height + y) * width + x;
          let distance = none;
          for (let y = 0; y < height; y++) {
            distance = saliency!.data[at(y)]! > attributes.threshold ? 0 : Math.min(distance + 1, none);
            distances[at(y)] = distance;
          }
          for (let y = height - 1; y >= 0; y--) {
            distance = Math.min(distances[at(y)]!, distance + 1);
            distances[at(y)] = distance;
          }
        }
      }
    },
    wasm: (step) => planFocusColumns(step, attributes.threshold),
    webgpu: (step) => dispatchFocusColumns(step, attributes.threshold),
  };
}

/**
 * Second half: the Euclidean distance in pixels to the nearest focus, √(min over x' of (x−x')² + g(y,x')²), or 0
 * everywhere on a map without focus. Input: g [N,H,W] of {@link focusColumns}; output [N,H,W]. Every column is tried:
 * N·H·W² steps, 16 million for 250×250 pixels; all squares are whole numbers below 2^24, hence exact in float32 too.
 */
export function focusDistance(): Operation {
  return {
    name: 'focus-distance',
    attributes: {},
    shape: ([columns]) => [[...columns!]],
    reference([columns], [output]) {
      const [batch, height, width] = columns!.shape as [number, number, number];
      const none = height + width;
      for (let row = 0; row < batch * height * width; row += width) {
        for (let x = 0; x < width; x++) {
          let least = none * none;
          for (let other = 0; other < width; other++) {
            const g = columns!.data[row + other]!;
            least = Math.min(least, (x - other) * (x - other) + g * g);
          }
          output!.data[row + x] = least === none * none ? 0 : Math.sqrt(least);
        }
      }
    },
    wasm: (step) => planFocusDistance(step),
    webgpu: (step) => dispatchFocusDistance(step),
  };
}

/**
 * Immediate context (Goferman et al. 2012, eq. 5): S·(1 − d). Inputs: S [N,H,W]; d [N,H,W], the distance to the foci
 * over its maximum, in [0,1]. Output: [N,H,W].
 */
export function attenuate(): Operation {
  return {
    name: 'attenuate',
    attributes: {},
    shape: ([saliency]) => [[...saliency!]],
    reference([saliency, distance], [output]) {
      for (let i = 0; i < output!.data.length; i++) output!.data[i] = saliency!.data[i]! * (1 - distance!.data[i]!);
    },
    wasm: (step) => planAttenuate(step),
    webgpu: (step) => dispatchAttenuate(step),
  };
}
