// The square patches of one image [N, CHANNELS, H, W] as rows of [N, TOTAL, CHANNELS·PATCH²], from row FIRST on: patch
// (y, x) of the grid starts at pixel y·STRIDE − OFFSET. Beyond the border the image is reflected without its edge, or
// the index is clamped where a side is not longer than OFFSET. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override H: u32;
override W: u32;
override GRID_H: u32;
override GRID_W: u32;
override PATCH: u32;
override STRIDE: u32;
override OFFSET: u32;
override FIRST: u32;
override TOTAL: u32;
// @include per-element

fn reflected(index: i32, side: i32) -> u32 {
  if (side <= i32(OFFSET)) {
    return u32(clamp(index, 0, side - 1));
  }
  let folded = abs(index);
  return u32(select(2 * (side - 1) - folded, folded, folded < side));
}

fn element(i: u32) {
  const LENGTH = CHANNELS * PATCH * PATCH;
  let element = i % LENGTH;
  let patch_index = i / LENGTH % (GRID_H * GRID_W);
  let sample = i / (LENGTH * GRID_H * GRID_W);
  let dy = element / PATCH % PATCH;
  let dx = element % PATCH;
  let y = reflected(i32(patch_index / GRID_W * STRIDE + dy) - i32(OFFSET), i32(H));
  let x = reflected(i32(patch_index % GRID_W * STRIDE + dx) - i32(OFFSET), i32(W));
  let plane = sample * CHANNELS + element / (PATCH * PATCH);
  output[(sample * TOTAL + FIRST + patch_index) * LENGTH + element] = input[(plane * H + y) * W + x];
}
