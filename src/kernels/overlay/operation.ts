import type { Operation } from '../../tensor/operation.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { OverlayAttributes } from './attributes.ts';
import { dispatchOverlay } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * A map's colours over a picture, with the map's strength as opacity: photo + (colour − photo)·strength, the colour read
 * between two entries of the table at zero + span·(±strength). Inputs: the map [N,1,H,W], whose sign counts; its strength
 * |map|/max|map| [N,1,H,W]; the picture [N,3,H,W] in [0,255]; the table [256,3]. Output [N,3,H,W] in [0,255].
 */
export function overlay(attributes: OverlayAttributes): Operation {
  const { zero, span } = attributes;
  return {
    name: 'overlay',
    attributes: { ...attributes },
    shape: ([, , photo]) => [[...photo!]],
    reference([map, strength, photo, colours], [output]) {
      const pixels = elementCount(photo!.shape.slice(2));
      for (let i = 0; i < output!.data.length; i++) {
        const pixel = Math.floor(i / (3 * pixels)) * pixels + (i % pixels);
        const component = Math.floor(i / pixels) % 3;
        const opacity = strength!.data[pixel]!;
        const place = Math.max(zero + span * (map!.data[pixel]! < 0 ? -opacity : opacity), 0);
        const entry = Math.min(Math.floor(place), 254);
        const lower = colours!.data[3 * entry + component]!;
        const colour = lower + (colours!.data[3 * entry + 3 + component]! - lower) * (place - entry);
        output!.data[i] = photo!.data[i]! + (colour - photo!.data[i]!) * opacity;
      }
    },
    webgpu: (step) => dispatchOverlay(step, attributes),
  };
}
