// Winograd's transform of the weights, G·g·Gᵀ (`winograd.wgsl`). Done once: weights are constants.
// Layout: weights [group][channel][3][3][row], as `map-weights.wgsl` makes them; output [group][position][channel][row],
// with CHANNELS and COLUMNS (rows) padded by zeros. One channel and row per invocation.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override COLUMNS: u32;
// @include winograd
// @include per-element

fn element(i: u32) {
  let group = i / (CHANNELS * COLUMNS);
  let in_group = i - group * (CHANNELS * COLUMNS);
  let column = i % COLUMNS;
  let first = (i - column) * 9u + column;
  // Down the columns, then along the rows.
  var passed: array<Line, 3>;
  for (var x = 0u; x < 3u; x++) { // @unroll
    passed[x] = transform_weights(vec3f(
      weights[first + x * COLUMNS],
      weights[first + (3u + x) * COLUMNS],
      weights[first + (6u + x) * COLUMNS],
    ));
  }
  for (var y = 0u; y < SIDE; y++) { // @unroll
    let line = transform_weights(vec3f(passed[0][y], passed[1][y], passed[2][y]));
    for (var x = 0u; x < SIDE; x++) { // @unroll
      output[(group * POSITIONS + y * SIDE + x) * (CHANNELS * COLUMNS) + in_group] = line[x];
    }
  }
}
