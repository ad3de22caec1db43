// A linear map of each axis of images [planes, H, W]: y[i, j] = Σ_a Σ_b rows[i][a]·columns[j][b]·x[first_i + a, first_j + b].
// A row of a table: the first input that the output reads, then its weights. One output pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> columns: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override ROW_TAPS: u32;
override COLUMN_TAPS: u32;
// @include per-element

fn element(i: u32) {
  let row = i / OUT_W % OUT_H * (ROW_TAPS + 1u);
  let column = i % OUT_W * (COLUMN_TAPS + 1u);
  let first = i / (OUT_W * OUT_H) * (H * W) + u32(rows[row]) * W + u32(columns[column]);
  var sum = 0.0;
  for (var a = 0u; a < ROW_TAPS; a++) {
    var across = 0.0;
    for (var b = 0u; b < COLUMN_TAPS; b++) {
      across += columns[column + 1u + b] * input[first + a * W + b];
    }
    sum += rows[row + 1u + a] * across;
  }
  output[i] = sum;
}
