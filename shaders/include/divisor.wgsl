// What the sum of a window of an average pooling is divided by. DIVISOR 0: the taps inside the image; 1: those inside
// the padded image; 2: one.
override DIVISOR: u32;

fn divisor(y: u32, x: u32) -> f32 {
  if (DIVISOR == 2u) {
    return 1.0;
  }
  var rows = 0u;
  var columns = 0u;
  for (var ky = 0u; ky < KERNEL_H; ky++) {
    let h = input_y(y, ky);
    rows += select(select(0u, 1u, h < i32(H) + PAD_BOTTOM), select(0u, 1u, h >= 0 && h < i32(H)), DIVISOR == 0u);
  }
  for (var kx = 0u; kx < KERNEL_W; kx++) {
    let w = input_x(x, kx);
    columns += select(select(0u, 1u, w < i32(W) + PAD_RIGHT), select(0u, 1u, w >= 0 && w < i32(W)), DIVISOR == 0u);
  }
  return f32(rows * columns);
}
