import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape } from '../../tensor/tensor.ts';
import type { LabAttributes } from './attributes.ts';
import { planLab } from './wasm.ts';
import { dispatchLab } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * sRGB to CIE L*a*b* (D65), pixel by pixel. Input: [N,3,H,W] in [0,1] (clamped to it), channels read as R, G, B in the
 * order in which they are; output: [N,3,H,W], L* in [0,100], a* and b* about ±100.
 */
export function lab(attributes: LabAttributes): Operation {
  return {
    name: 'lab',
    attributes: { ...attributes },
    shape([image]) {
      if (image!.length !== 4 || image![1] !== 3) {
        throw new SalientError(
          'shape-mismatch',
          `saliency on colours needs three channels, [N,3,H,W]; found ${formatShape(image!)}; use input "sum"`,
        );
      }
      return [[...image!]];
    },
    reference([image], [output]) {
      const [batch, , height, width] = image!.shape as [number, number, number, number];
      const pixels = height * width;
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < pixels; i++) {
          const first = n * 3 * pixels + i;
          const channel = (c: number) => linear(image!.data[first + c * pixels]!, attributes.truncate);
          const [l, a, b] = labOf(channel(0), channel(1), channel(2));
          output!.data[first] = l;
          output!.data[first + pixels] = a;
          output!.data[first + 2 * pixels] = b;
        }
      }
    },
    wasm: (step) => planLab(step, attributes.truncate),
    webgpu: (step) => dispatchLab(step, attributes.truncate),
  };
}

/** The linear intensity of an sRGB value in [0,1] (IEC 61966-2-1). */
function linear(value: number, truncate: boolean): number {
  const clamped = Math.min(Math.max(value, 0), 1);
  const v = truncate ? Math.floor(255 * clamped) / 255 : clamped;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

/** L*, a*, b* of linear R, G, B, through XYZ relative to the D65 white .95047, 1, 1.08883. */
function labOf(r: number, g: number, b: number): [number, number, number] {
  const x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = curve(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = curve((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE's cube root with a linear start. */
function curve(t: number): number {
  return t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
}
