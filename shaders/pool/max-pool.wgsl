// Max pooling of [planes, H, W]: the maximum of each window, and its index h·W+w, the first in row-major order.
// Padding never wins. One window per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> winners: array<f32>;

// @include window
// @include per-element

fn element(i: u32) {
  let plane = i / (OUT_H * OUT_W);
  let y = i / OUT_W % OUT_H;
  let x = i % OUT_W;
  var best = -3.4028234e38; // below every value
  var winner = 0u;
  var found = false;
  for (var ky = 0u; ky < KERNEL_H; ky++) {
    let h = input_y(y, ky);
    if (h < 0 || h >= i32(H)) {
      continue;
    }
    for (var kx = 0u; kx < KERNEL_W; kx++) {
      let w = input_x(x, kx);
      if (w < 0 || w >= i32(W)) {
        continue;
      }
      let at = u32(h) * W + u32(w);
      let value = input[plane * (H * W) + at];
      if (!found || value > best) {
        best = value;
        winner = at;
        found = true;
      }
    }
  }
  output[i] = best;
  winners[i] = f32(winner);
}
