// The convolution as a matrix product [k, d]·[d, p]: d runs over channels and taps, p over all pixels. The second matrix is
// never written: its numbers are read from the padded image where they stand. A workgroup makes 64 channels of 64 pixels;
// both matrices come through its memory, 8 of d at a time; an invocation makes 4 channels of 4 pixels.
const TILE = 64u;
const DEPTH = 8u;
var<workgroup> tile_w: array<vec4f, DEPTH * TILE / 4>;
var<workgroup> tile_p: array<f32, DEPTH * TILE>;

/** Where in the image pixel `p` has its first tap. */
fn place(p: u32) -> u32 {
  let at = min(p, HEIGHT * WIDTH - 1);
  return at / WIDTH * STRIDE + at % WIDTH;
}

/** How far from there row `d` of the matrix has its number. */
fn tap(d: u32) -> u32 {
  return (d / 9 * ROWS + d % 9 / 3) * STRIDE + d % 3;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let pixels = group.x * TILE;
  let channels = group.y * TILE;
  let across = local % 16;
  let down = local / 16;
  var sums: array<vec4f, 4>;
  for (var first = 0u; first < CHANNELS * 9; first += DEPTH) {
    if (local < DEPTH * TILE / 4) {
      tile_w[local] = packed_weights[((first + local / 16) * OUTPUTS + channels) / 4 + local % 16];
    }
    for (var n = local; n < DEPTH * TILE; n += 256) {
      tile_p[n] = image[place(pixels + n % TILE) + tap(first + n / TILE)];
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      let four = tile_w[d * 16 + down];
      for (var p = 0u; p < 4; p++) {
        sums[p] += tile_p[d * TILE + across + 16 * p] * four;
      }
    }
    workgroupBarrier();
  }
  for (var p = 0u; p < 4; p++) {
    let pixel = pixels + across + 16 * p;
    for (var o = 0u; o < 4; o++) {
      let k = channels + 4 * down + o;
      if (pixel < HEIGHT * WIDTH && k < OUTPUTS) {
        result[k * HEIGHT * WIDTH + pixel] = sums[p][o];
      }
    }
  }
}
