// The way back: what arrives at input (c, y, x) from all outputs that it took part in, c[c, y, x] = Σ w[k, c, i, j] ·
// s[k, y + 1 − i, x + 1 − j], with s = R / z (LRP-0: R_in = a · c; Bach et al. 2015). Written from the input's side: to add
// from the output's side, several invocations would have to add to one number at once, in an order of their own.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = id.x % WIDTH;
  let y = id.x / WIDTH % HEIGHT;
  let c = id.x / (WIDTH * HEIGHT);
  if (c >= OUTPUTS) {
    return;
  }
  var sum = 0.0;
  for (var k = 0u; k < CHANNELS; k++) {
    for (var i = 0u; i < 3; i++) {
      for (var j = 0u; j < 3; j++) {
        sum += weights[((k * OUTPUTS + c) * 3 + i) * 3 + j] * image[(k * ROWS + y + 2 - i) * STRIDE + x + 2 - j];
      }
    }
  }
  result[(c * HEIGHT + y) * WIDTH + x] = sum;
}
