// Convolution and transposed convolution of groups of few channels (depthwise ones): a group's product would leave a tile
// mostly empty, so each invocation makes one output, the sum of its own taps, and neighbours neighbouring outputs.
// The formula, the tables of taps and phases and the layout are those of `conv-product.wgsl`, with one place, no split,
// and nothing padded: weights [group][k][row]. Workgroups of 256; at most 256 taps, so that sums are short.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> taps: array<vec2i>;
@group(0) @binding(3) var<storage, read> phases: array<vec4i>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

override BATCH: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
override ROWS: u32;
override OUT_H: u32;
override OUT_W: u32;
override GRID_H: u32;
override GRID_W: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override SCALE_Y: u32;
override SCALE_X: u32;
override DEPTH: u32;
// @include epilogue
// @include per-element

// i = [phase][sample][channel][y of the grid][x of the grid]
fn element(i: u32) {
  let grid_row = i / GRID_W;
  let grid_x = i - grid_row * GRID_W;
  let plane = grid_row / GRID_H;
  let grid_y = grid_row - plane * GRID_H;
  let row = plane % ROWS;
  // The group, counted through all phases and samples; all phases read the same images.
  let stack = plane / ROWS;
  let group = stack % GROUPS;
  let phase = phases[stack / (GROUPS * BATCH)];
  let sample = stack / GROUPS % BATCH;
  let y = u32(i32(grid_y * SCALE_Y) + phase.z);
  let x = u32(i32(grid_x * SCALE_X) + phase.w);
  if (y >= OUT_H || x >= OUT_W) {
    return;
  }
  let in_y = i32(grid_y * STRIDE_Y);
  let in_x = i32(grid_x * STRIDE_X);
  let place = i32((sample * GROUPS + group) * GROUP_IN * (H * W)) + in_y * i32(W) + in_x;
  let first = group * DEPTH * ROWS + row;
  var sum = 0.0;
  for (var k = u32(phase.x); k < u32(phase.y); k++) {
    let tap = taps[k];
    if (u32(in_y + (tap.y >> 16u)) < H && u32(in_x + ((tap.y << 16u) >> 16u)) < W) {
      sum += weights[first + k * ROWS] * input[place + tap.x];
    }
  }
  let channel = group * ROWS + row;
  let position = y * OUT_W + x;
  output[(sample * GROUPS * ROWS + channel) * (OUT_H * OUT_W) + position] = finish(sum, sample, channel, position);
}
