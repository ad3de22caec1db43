// Winograd's F(2×2, 3×3) (Lavin and Gray 2016): of 4×4 numbers of the input 2×2 outputs, with 16 products where the
// definition takes 36. Three passes: the input's tiles become V [16, c, t]; 16 matrix products M [16, k, t] of the
// transformed weights U [16, c, k]; from them the outputs. t runs over tiles, padded to whole workgroups.
override TILES: u32;

@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;

fn across() -> u32 {
  return (WIDTH + 1) / 2;
}

@compute @workgroup_size(64)
fn transform_input(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  let c = id.y;
  if (t >= TILES) {
    return;
  }
  let at = (c * ROWS + min(t / across(), (HEIGHT + 1) / 2 - 1) * 2) * STRIDE + t % across() * 2;
  var rows: array<vec4f, 4>;
  for (var i = 0u; i < 4; i++) {
    let row = at + i * STRIDE;
    rows[i] = vec4f(image[row], image[row + 1], image[row + 2], image[row + 3]);
  }
  // Bᵀ d B, first down the columns, then along the rows.
  let down = array(rows[0] - rows[2], rows[1] + rows[2], rows[2] - rows[1], rows[1] - rows[3]);
  for (var i = 0u; i < 4; i++) {
    let d = down[i];
    let four = vec4f(d.x - d.z, d.y + d.z, d.z - d.y, d.y - d.w);
    for (var j = 0u; j < 4; j++) {
      v[((i * 4 + j) * CHANNELS + c) * TILES + t] = four[j];
    }
  }
}

const TILE = 64u;
const DEPTH = 8u;
var<workgroup> tile_u: array<vec4f, DEPTH * TILE / 4>;
var<workgroup> tile_v: array<f32, DEPTH * TILE>;

@compute @workgroup_size(64)
fn multiply(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let tiles = group.x * TILE;
  let channels = group.y * TILE;
  let across = local % 8;
  let down = local / 8;
  var low: array<vec4f, 8>;
  var high: array<vec4f, 8>;
  for (var first = 0u; first < CHANNELS; first += DEPTH) {
    let c = group.z * CHANNELS + first;
    for (var n = local; n < DEPTH * TILE / 4; n += 64) {
      tile_u[n] = packed_weights[((c + n / 16) * OUTPUTS + channels) / 4 + n % 16];
    }
    for (var d = 0u; d < DEPTH; d++) {
      tile_v[d * TILE + local] = v[(c + d) * TILES + tiles + local];
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      let one = tile_u[d * 16 + 2 * down];
      let two = tile_u[d * 16 + 2 * down + 1];
      for (var p = 0u; p < 8; p++) {
        let number = tile_v[d * TILE + across + 8 * p];
        low[p] += number * one;
        high[p] += number * two;
      }
    }
    workgroupBarrier();
  }
  for (var p = 0u; p < 8; p++) {
    for (var o = 0u; o < 8; o++) {
      let k = channels + 8 * down + o;
      if (k < OUTPUTS) {
        let number = select(high[p][o & 3], low[p][o & 3], o < 4);
        m[(group.z * OUTPUTS + k) * TILES + tiles + across + 8 * p] = number;
      }
    }
  }
}

@compute @workgroup_size(64)
fn transform_output(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  let k = id.y;
  let x = t % across() * 2;
  let y = t / across() * 2;
  if (y >= HEIGHT) {
    return;
  }
  var rows: array<vec4f, 4>;
  for (var i = 0u; i < 4; i++) {
    for (var j = 0u; j < 4; j++) {
      rows[i][j] = m[((i * 4 + j) * OUTPUTS + k) * TILES + t];
    }
  }
  // Aᵀ m A.
  let down = array(rows[0] + rows[1] + rows[2], rows[1] - rows[2] - rows[3]);
  for (var i = 0u; i < 2; i++) {
    let d = down[i];
    let two = vec2f(d.x + d.y + d.z, d.y - d.z - d.w);
    for (var j = 0u; j < 2; j++) {
      if (y + i < HEIGHT && x + j < WIDTH) {
        result[(k * HEIGHT + y + i) * WIDTH + x + j] = two[j];
      }
    }
  }
}
