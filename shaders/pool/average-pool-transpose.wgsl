// The transpose of an average pooling: each input gathers its shares s/divisor of the windows that read it, times a
// where PRODUCT. One input per invocation; s [planes, OUT_H, OUT_W], a and output [planes, H, W].
@group(0) @binding(0) var<storage, read> s: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override PRODUCT: bool;
// @include window
// @include divisor
// @include per-element

fn element(i: u32) {
  let plane = i / (H * W);
  let at = i % (H * W);
  let h = i32(at / W);
  let w = i32(at % W);
  let rows = windows_y(at / W);
  let columns = windows_x(at % W);
  var sum = 0.0;
  for (var y = rows.x; y < rows.y; y++) {
    for (var x = columns.x; x < columns.y; x++) {
      // A dilated window has taps at multiples of the dilation only.
      let down = u32(h - input_y(u32(y), 0u));
      let across = u32(w - input_x(u32(x), 0u));
      if (down % DILATION_Y == 0u && across % DILATION_X == 0u) {
        sum += s[plane * (OUT_H * OUT_W) + u32(y) * OUT_W + u32(x)] / divisor(u32(y), u32(x));
      }
    }
  }
  if (PRODUCT) {
    sum *= a[i];
  }
  output[i] = sum;
}
