import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape, type Shape } from '../../tensor/tensor.ts';
import type { SharedGrids } from '../patch-saliency/attributes.ts';
import { type PatchGrid, patchCount } from './attributes.ts';
import { planPatches } from './wasm.ts';
import { dispatchPatches } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * The patches of one or more images, as rows: what makes patch distances a matrix product. Inputs: images [N,C,H,W] of
 * equal N and C; output [N, patches, C·patch²], image after image, patches in row-major order, elements by channel, row,
 * column. A gather: patch² reads of each pixel at stride 1, patch²/stride² otherwise.
 */
export function patches(grid: PatchGrid): Operation {
  const { patch, stride, padding } = grid;
  return {
    name: 'patches',
    attributes: { ...grid },
    shape(images) {
      const [batch, channels] = images[0]!;
      if (images.some((image) => image.length !== 4 || image[0] !== batch || image[1] !== channels)) {
        const found = images.map(formatShape).join(', ');
        throw new SalientError('shape-mismatch', `patches of images [N,C,H,W] with equal N and C; found ${found}`);
      }
      const counts = images.map(([, , height, width]) => patchCount(grid, height!) * patchCount(grid, width!));
      return [[batch!, counts.reduce((sum, count) => sum + count, 0), channels! * patch * patch]];
    },
    reference(images, [output]) {
      const [batch, total, length] = output!.shape as [number, number, number];
      const offset = padding === 'reflect' ? (patch - 1) / 2 : 0;
      let first = 0;
      for (const image of images) {
        const [, channels, height, width] = image.shape as [number, number, number, number];
        const [rows, columns] = [patchCount(grid, height), patchCount(grid, width)];
        for (let n = 0; n < batch; n++) {
          let to = (n * total + first) * length;
          for (let row = 0; row < rows; row++) {
            for (let column = 0; column < columns; column++) {
              for (let c = 0; c < channels; c++) {
                for (let dy = 0; dy < patch; dy++) {
                  const y = reflected(row * stride + dy - offset, height, offset);
                  const line = ((n * channels + c) * height + y) * width;
                  for (let dx = 0; dx < patch; dx++) {
                    output!.data[to++] = image.data[line + reflected(column * stride + dx - offset, width, offset)]!;
                  }
                }
              }
            }
          }
        }
        first += rows * columns;
      }
    },
    wasm: (step) => planPatches(step, grid),
    webgpu: (step) => dispatchPatches(step, grid),
  };
}

/** The pixel that stands at `index`, up to `reach` outside an axis of `side` pixels. */
function reflected(index: number, side: number, reach: number): number {
  if (side <= reach) return Math.min(Math.max(index, 0), side - 1);
  const folded = Math.abs(index);
  return folded < side ? folded : 2 * (side - 1) - folded;
}

/**
 * Centres of {@link patches}' rows for images of these shapes: (y+½, x+½) over the longest side of the patch's own
 * image, [patches, 2] in float64.
 */
export function patchCentres(grid: PatchGrid, images: readonly Shape[]): Float64Array {
  const centre = grid.padding === 'reflect' ? 0 : (grid.patch - 1) / 2;
  const centres: number[] = [];
  for (const [, , height, width] of images as [number, number, number, number][]) {
    const longest = Math.max(height, width);
    const at = (index: number) => (index * grid.stride + centre + 0.5) / longest;
    for (let row = 0; row < patchCount(grid, height); row++) {
      for (let column = 0; column < patchCount(grid, width); column++) centres.push(at(row), at(column));
    }
  }
  return Float64Array.from(centres);
}

/** How queries from one image and candidates from several lie, for `patch-saliency`. */
export function sharedGrids(
  queries: PatchGrid,
  image: Shape,
  candidates: PatchGrid,
  images: readonly Shape[],
): SharedGrids {
  const extent = (grid: PatchGrid, [, , height, width]: Shape) => ({
    rows: patchCount(grid, height!),
    columns: patchCount(grid, width!),
  });
  return {
    patch: queries.patch,
    strides: [queries.stride, candidates.stride],
    queries: extent(queries, image),
    candidates: images.map((other) => ({
      ...extent(candidates, other),
      alike: other[2] === image[2] && other[3] === image[3],
    })),
  };
}
