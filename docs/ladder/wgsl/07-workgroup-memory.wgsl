// A workgroup makes 8 rows of 32 pixels, in four channels. It reads the part of the input that they need into its own
// memory, four channels of it at a time, so that each number comes from far away once for the whole group.
const DEPTH = 4u;
const TILE_ROWS = 10u;
const TILE_COLUMNS = 34u;
var<workgroup> tile: array<f32, DEPTH * TILE_ROWS * TILE_COLUMNS>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let left = group.x * 32;
  let top = group.y * 8;
  let k = group.z * 4;
  let x = local % 8 * 4;
  let y = local / 8;
  var sums: array<vec4f, 4>;
  for (var first = 0u; first < CHANNELS; first += DEPTH) {
    for (var n = local; n < DEPTH * TILE_ROWS * TILE_COLUMNS; n += 64) {
      let column = n % TILE_COLUMNS;
      let row = n / TILE_COLUMNS % TILE_ROWS;
      let c = first + n / (TILE_COLUMNS * TILE_ROWS);
      tile[n] = image[(c * ROWS + min(top + row, ROWS - 1)) * STRIDE + min(left + column, STRIDE - 1)];
    }
    workgroupBarrier();
    for (var c = 0u; c < DEPTH; c++) {
      for (var i = 0u; i < 3; i++) {
        let at = (c * TILE_ROWS + y + i) * TILE_COLUMNS + x;
        let numbers = array(tile[at], tile[at + 1], tile[at + 2], tile[at + 3], tile[at + 4], tile[at + 5]);
        for (var j = 0u; j < 3; j++) {
          let four = packed_weights[((((first + c) * 3 + i) * 3 + j) * OUTPUTS + k) / 4];
          sums[0] += numbers[j] * four;
          sums[1] += numbers[j + 1] * four;
          sums[2] += numbers[j + 2] * four;
          sums[3] += numbers[j + 3] * four;
        }
      }
    }
    workgroupBarrier();
  }
  for (var p = 0u; p < 4; p++) {
    if (top + y < HEIGHT && left + x + p < WIDTH) {
      for (var o = 0u; o < 4; o++) {
        result[((k + o) * HEIGHT + top + y) * WIDTH + left + x + p] = sums[p][o];
      }
    }
  }
}
