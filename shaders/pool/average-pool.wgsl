// Average pooling of [planes, H, W]: the sum of each window over its divisor. One window per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// @include window
// @include divisor
// @include per-element

fn element(i: u32) {
  let plane = i / (OUT_H * OUT_W);
  let y = i / OUT_W % OUT_H;
  let x = i % OUT_W;
  var sum = 0.0;
  for (var ky = 0u; ky < KERNEL_H; ky++) {
    let h = input_y(y, ky);
    for (var kx = 0u; kx < KERNEL_W; kx++) {
      let w = input_x(x, kx);
      if (h >= 0 && h < i32(H) && w >= 0 && w < i32(W)) {
        sum += input[plane * (H * W) + u32(h) * W + u32(w)];
      }
    }
  }
  output[i] = sum / divisor(y, x);
}
