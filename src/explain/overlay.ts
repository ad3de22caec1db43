import { SalientError } from '../error.ts';
import { DIVERGING, SEQUENTIAL } from '../image/draw/colormap.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { sumTo } from '../kernels/elementwise/operation.ts';
import { normalize } from '../kernels/normalize/operation.ts';
import { overlay } from '../kernels/overlay/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { sourceOf } from '../tensor/source.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';

/** Which map is drawn over the photograph. */
export type OverlayKind = 'relevance' | 'salient';

/**
 * Adds the colours of a map over a photograph, all on the device: a map [N,C,H,W] (summed over channels) or [N,H,W], and
 * the input `photo` [N,3,H,W] in [0,255]. Colours are full at the largest |value| of each map. Returns [N,3,H,W] in
 * [0,255].
 */
export function addOverlay(builder: ProgramBuilder, map: BufferId, kind: OverlayKind): BufferId {
  builder.layer = 'overlay';
  const shape = builder.shape(map);
  const [batch, height, width] = [shape[0]!, shape.at(-2)!, shape.at(-1)!];
  const plane = [batch, 1, height, width];
  const sum = shape.length === 4 ? builder.add(sumTo({ shape: plane }), [map]) : builder.alias(map, plane);
  const strength = builder.add(normalize({ by: 'peak', tolerance: 0 }), [sum]);
  const photo = builder.input('photo', [batch, 3, height, width]);
  const { zero, span, table } = kind === 'relevance' ? DIVERGING : SEQUENTIAL;
  const colours = builder.constant(sourceOf('colours', [256, 3], Float32Array.from(table)));
  return builder.add(overlay({ zero, span }), [sum, strength, photo, colours]);
}

/** Photographs as the input `photo`: planes of numbers from 0 to 255, one photograph after the other. */
export function photoPlanes(photos: readonly (RgbImage | undefined)[]): Float32Array {
  const images = photos.map((photo) => {
    if (photo !== undefined) return photo;
    throw new SalientError('bad-argument', 'an overlay needs a photograph to lie on, but the input is a tensor');
  });
  return Float32Array.from(
    images.flatMap(({ data }) => [0, 1, 2].flatMap((component) => [...data.filter((_, i) => i % 3 === component)])),
  );
}

/** The picture of planes [3,H,W] in [0,255]. */
export function pictureOf({ shape, data }: Tensor): RgbImage {
  const [channels, height, width] = shape as [number, number, number];
  if (channels !== 3) throw new RangeError(`a picture of ${formatShape(shape)}`);
  const pixels = height * width;
  const components = Uint8Array.from({ length: 3 * pixels }, (_, i) =>
    Math.round(data[(i % 3) * pixels + Math.floor(i / 3)]!),
  );
  return { width, height, data: components };
}
