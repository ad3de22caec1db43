// The same, with the weights in another order, once and for all: [c, i, j, k]. The four channels of a tap are one read.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let across = (WIDTH + 3) / 4;
  let x = id.x % across * 4;
  let y = id.x / across % HEIGHT;
  let k = id.x / (across * HEIGHT) * 4;
  if (k >= OUTPUTS) {
    return;
  }
  var sums: array<vec4f, 4>; // of each pixel, its four channels
  for (var c = 0u; c < CHANNELS; c++) {
    for (var i = 0u; i < 3; i++) {
      let at = (c * ROWS + y + i) * STRIDE + x;
      let numbers = array(image[at], image[at + 1], image[at + 2], image[at + 3], image[at + 4], image[at + 5]);
      for (var j = 0u; j < 3; j++) {
        let w = (((c * 3 + i) * 3 + j) * OUTPUTS + k) / 4;
        let four = packed_weights[w];
        sums[0] += numbers[j] * four;
        sums[1] += numbers[j + 1] * four;
        sums[2] += numbers[j + 2] * four;
        sums[3] += numbers[j + 3] * four;
      }
    }
  }
  for (var p = 0u; p < 4; p++) {
    if (x + p < WIDTH) {
      for (var o = 0u; o < 4; o++) {
        result[((k + o) * HEIGHT + y) * WIDTH + x + p] = sums[p][o];
      }
    }
  }
}
