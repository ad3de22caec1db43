// Winograd's transform of tiles of the input, Bᵀ·d·B (`winograd.wgsl`), for one chunk of tiles.
// Layout: input [N, GROUPS·GROUP_IN, H, W], 0 outside; output [group][position][channel][tile of the chunk], channels
// padded to DEPTH by zeros, and zeros for tiles past the last. One tile and channel per invocation, neighbours on
// neighbouring tiles.
@group(0) @binding(0) var<storage, read> input: array<f32>;
// The chunk's first tile.
@group(0) @binding(1) var<storage, read> chunk: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override GROUPS: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
// Where output (0, 0) starts to read.
override ORIGIN_Y: i32;
override ORIGIN_X: i32;
// Tiles of all samples, of one, and of one row of it.
override TILES: u32;
override SAMPLE_TILES: u32;
override ROW_TILES: u32;
// Tiles of a chunk.
override CHUNK: u32;
override DEPTH: u32;
// @include winograd
// @include index

fn fetch(plane: i32, y: i32, x: i32) -> f32 {
  if (u32(y) < H && u32(x) < W) {
    return input[plane + y * i32(W) + x];
  }
  return 0.0;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 64u);
  if (i >= GROUPS * DEPTH * CHUNK) {
    return;
  }
  let group = i / (DEPTH * CHUNK);
  let in_group = i - group * (DEPTH * CHUNK);
  let channel = in_group / CHUNK;
  let tile = chunk[0] + in_group - channel * CHUNK;
  let present = tile < TILES && channel < GROUP_IN;
  let sample = tile / SAMPLE_TILES;
  let in_sample = tile - sample * SAMPLE_TILES;
  let row = in_sample / ROW_TILES;
  let first_y = select(-0x10000000, i32(row * TILE) + ORIGIN_Y, present); // far above the image, where all is 0
  let first_x = i32((in_sample - row * ROW_TILES) * TILE) + ORIGIN_X;
  let plane = i32(((sample * GROUPS + group) * GROUP_IN + channel) * (H * W));
  // Along the rows, then down the columns.
  var passed: array<Line, 6>;
  for (var y = 0u; y < SIDE; y++) { // @unroll
    var line: Line;
    for (var x = 0u; x < SIDE; x++) { // @unroll
      line[x] = fetch(plane, first_y + i32(y), first_x + i32(x));
    }
    passed[y] = transform_input(line);
  }
  for (var x = 0u; x < SIDE; x++) { // @unroll
    let column = Line(passed[0][x], passed[1][x], passed[2][x], passed[3][x], passed[4][x], passed[5][x]);
    let values = transform_input(column);
    for (var y = 0u; y < SIDE; y++) { // @unroll
      output[(group * POSITIONS + y * SIDE + x) * (DEPTH * CHUNK) + in_group] = values[y];
    }
  }
}
