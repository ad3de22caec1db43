// Winograd's transform of the products back to outputs, Aᵀ·m·A (`winograd.wgsl`), finished and written, for one chunk
// of tiles. Layout: products [group][position][PRODUCT_ROWS][tile of the chunk]; output [N, GROUPS·ROWS, OUT_H, OUT_W].
// One tile and channel per invocation, neighbours on neighbouring tiles.
@group(0) @binding(0) var<storage, read> products: array<f32>;
// The chunk's first tile.
@group(0) @binding(1) var<storage, read> chunk: array<u32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> other: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override PRODUCT_ROWS: u32;
override OUT_H: u32;
override OUT_W: u32;
// Tiles of all samples, of one, of one row of it, and of a chunk.
override TILES: u32;
override SAMPLE_TILES: u32;
override ROW_TILES: u32;
override CHUNK: u32;
// The sign that all sums of the first part have, and of the others: 1, −1, or 0 where they may have either.
override SIGN_0: i32;
override SIGN_1: i32;
// @include winograd
// @include epilogue
// @include index

// A sum of terms that are all 0 comes out of the transforms as a rest of either sign, and a quotient by it has that sign.
fn signed_sum(sum: f32, row: u32) -> f32 {
  let part = row % (PARTS * GROUP_CHANNELS) / GROUP_CHANNELS;
  let sign = select(SIGN_1, SIGN_0, part == 0u);
  return select(select(sum, min(sum, 0.0), sign < 0), max(sum, 0.0), sign > 0);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 64u);
  let row = i / CHUNK;
  let column = i - row * CHUNK;
  let tile = chunk[0] + column;
  if (row >= GROUPS * ROWS || tile >= TILES) {
    return;
  }
  let group = row / ROWS;
  let first = (group * POSITIONS * PRODUCT_ROWS + row - group * ROWS) * CHUNK + column;
  // Along the rows, then down the columns.
  var passed: array<vec4f, 6>;
  for (var y = 0u; y < SIDE; y++) { // @unroll
    var line: Line;
    for (var x = 0u; x < SIDE; x++) { // @unroll
      line[x] = products[first + (y * SIDE + x) * (PRODUCT_ROWS * CHUNK)];
    }
    passed[y] = transform_output(line);
  }
  let sample = tile / SAMPLE_TILES;
  let in_sample = tile - sample * SAMPLE_TILES;
  let first_y = in_sample / ROW_TILES * TILE;
  let first_x = in_sample % ROW_TILES * TILE;
  let plane = (sample * (GROUPS * ROWS) + row) * (OUT_H * OUT_W);
  for (var x = 0u; x < TILE; x++) { // @unroll
    let line = Line(passed[0][x], passed[1][x], passed[2][x], passed[3][x], passed[4][x], passed[5][x]);
    let values = transform_output(line);
    for (var y = 0u; y < TILE; y++) { // @unroll
      if (first_y + y < OUT_H && first_x + x < OUT_W) {
        let position = (first_y + y) * OUT_W + first_x + x;
        output[plane + position] = finish(signed_sum(values[y], row), sample, row, position);
      }
    }
  }
}
