// The same product, an invocation with 8 channels of 8 pixels: 16 numbers from the workgroup's memory serve 64 products,
// where 8 served 16.
const TILE = 64u;
const DEPTH = 8u;
var<workgroup> tile_w: array<vec4f, DEPTH * TILE / 4>;
var<workgroup> tile_p: array<f32, DEPTH * TILE>;

fn place(p: u32) -> u32 {
  let at = min(p, HEIGHT * WIDTH - 1);
  return at / WIDTH * STRIDE + at % WIDTH;
}

fn tap(d: u32) -> u32 {
  return (d / 9 * ROWS + d % 9 / 3) * STRIDE + d % 3;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let pixels = group.x * TILE;
  let channels = group.y * TILE;
  let across = local % 8;
  let down = local / 8;
  let mine = place(pixels + local); // each invocation brings the numbers of one pixel
  var low: array<vec4f, 8>;
  var high: array<vec4f, 8>;
  for (var first = 0u; first < CHANNELS * 9; first += DEPTH) {
    for (var n = local; n < DEPTH * TILE / 4; n += 64) {
      tile_w[n] = packed_weights[((first + n / 16) * OUTPUTS + channels) / 4 + n % 16];
    }
    for (var d = 0u; d < DEPTH; d++) {
      tile_p[d * TILE + local] = image[mine + tap(first + d)];
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      let one = tile_w[d * 16 + 2 * down];
      let two = tile_w[d * 16 + 2 * down + 1];
      for (var p = 0u; p < 8; p++) {
        let number = tile_p[d * TILE + across + 8 * p];
        low[p] += number * one;
        high[p] += number * two;
      }
    }
    workgroupBarrier();
  }
  for (var p = 0u; p < 8; p++) {
    let pixel = pixels + across + 8 * p;
    for (var o = 0u; o < 8; o++) {
      let k = channels + 8 * down + o;
      if (pixel < HEIGHT * WIDTH && k < OUTPUTS) {
        result[k * HEIGHT * WIDTH + pixel] = select(high[p][o & 3], low[p][o & 3], o < 4);
      }
    }
  }
}
