@unmanaged
class PatchGrid {
  image: usize;
  /** [N][total][C·patch²]. */
  y: usize;
  /** The image's first patch among all, and their number in a sample. */
  first: u32;
  total: u32;
  channels: u32;
  height: i32;
  width: i32;
  rows: u32;
  columns: u32;
  patch: i32;
  stride: i32;
  /** How far patches reach over the border, where the image is reflected. */
  offset: i32;
}

/** The pixel that stands at `index`, up to `reach` outside an axis of `side` pixels. */
@inline
function reflected(index: i32, side: i32, reach: i32): i32 {
  if (side <= reach) return min(max(index, 0), side - 1);
  const folded = abs(index);
  return folded < side ? folded : 2 * (side - 1) - folded;
}

/** The patches of one row of the grid: item = [sample][row]. */
export function patches(item: u32, args: usize): void {
  const a = changetype<PatchGrid>(args);
  const sample = item / a.rows;
  const row = <i32>(item % a.rows) * a.stride - a.offset;
  const size = <usize>(a.channels * a.patch * a.patch) << 2;
  let to = a.y + (<usize>sample * a.total + a.first + (item % a.rows) * a.columns) * size;
  for (let patch: u32 = 0; patch < a.columns; patch++) {
    const column = <i32>patch * a.stride - a.offset;
    const inside = column >= 0 && column + a.patch <= a.width;
    for (let channel: u32 = 0; channel < a.channels; channel++) {
      const plane = a.image + ((<usize>(sample * a.channels + channel) * a.height * a.width) << 2);
      for (let dy = 0; dy < a.patch; dy++) {
        const line = plane + ((reflected(row + dy, a.height, a.offset) * a.width) << 2);
        for (let dx = 0; dx < a.patch; dx++) {
          const x = inside ? column + dx : reflected(column + dx, a.width, a.offset);
          store<f32>(to, load<f32>(line + (x << 2)));
          to += 4;
        }
      }
    }
  }
}
