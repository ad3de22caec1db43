// Winner takes all: each input of a max pooling gathers the relevance of the windows that it won; where windows
// overlap, it accumulates. One input per invocation; relevance and winners [planes, OUT_H, OUT_W], output [planes, H, W].
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> winners: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include window
// @include per-element

fn element(i: u32) {
  let plane = i / (H * W);
  let at = i % (H * W);
  let rows = windows_y(at / W);
  let columns = windows_x(at % W);
  var sum = 0.0;
  for (var y = rows.x; y < rows.y; y++) {
    for (var x = columns.x; x < columns.y; x++) {
      let window = plane * (OUT_H * OUT_W) + u32(y) * OUT_W + u32(x);
      if (u32(winners[window]) == at) {
        sum += relevance[window];
      }
    }
  }
  output[i] = sum;
}
