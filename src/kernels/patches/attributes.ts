export interface PatchGrid {
  /** Side of the square patches, odd. */
  readonly patch: number;
  /** Pixels between two patches, vertically and horizontally. */
  readonly stride: number;
  /**
   * `reflect`: patches are centred on pixels 0, stride, 2·stride, ... and reach over the border, where the image is
   * reflected without repeating its edge (d c b | a b c d); on a side too short for that the index is clamped.
   * `none`: patches lie inside the image; the first one starts at pixel 0.
   */
  readonly padding: 'reflect' | 'none';
}

/** Patches along an axis of `side` pixels. */
export function patchCount({ patch, stride, padding }: PatchGrid, side: number): number {
  const span = padding === 'reflect' ? side - 1 : side - patch;
  return span < 0 ? 0 : Math.floor(span / stride) + 1;
}
