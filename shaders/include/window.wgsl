// A sliding window: tap (ky, kx) of window (y, x) reads input y·STRIDE + ky·DILATION − PAD.
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override KERNEL_H: u32;
override KERNEL_W: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override DILATION_Y: u32;
override DILATION_X: u32;
override PAD_TOP: i32;
override PAD_LEFT: i32;
override PAD_BOTTOM: i32;
override PAD_RIGHT: i32;

fn input_y(y: u32, ky: u32) -> i32 {
  return i32(y * STRIDE_Y + ky * DILATION_Y) - PAD_TOP;
}

fn input_x(x: u32, kx: u32) -> i32 {
  return i32(x * STRIDE_X + kx * DILATION_X) - PAD_LEFT;
}

// The windows that may reach input row y: from .x up to and without .y; a dilated window may still step over it.
fn windows_y(y: u32) -> vec2i {
  return windows(i32(y) + PAD_TOP, i32(DILATION_Y * (KERNEL_H - 1u)), i32(STRIDE_Y), i32(OUT_H));
}

fn windows_x(x: u32) -> vec2i {
  return windows(i32(x) + PAD_LEFT, i32(DILATION_X * (KERNEL_W - 1u)), i32(STRIDE_X), i32(OUT_W));
}

fn windows(at: i32, reach: i32, stride: i32, count: i32) -> vec2i {
  let first = (max(at - reach, 0) + stride - 1) / stride;
  return vec2i(first, min(at / stride + 1, count));
}
