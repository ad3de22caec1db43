// One invocation for four pixels in a row: six numbers of the input and three weights serve twelve products.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let across = (WIDTH + 3) / 4;
  let x = id.x % across * 4;
  let y = id.x / across % HEIGHT;
  let k = id.x / (across * HEIGHT);
  if (k >= OUTPUTS) {
    return;
  }
  var sums = vec4f();
  for (var c = 0u; c < CHANNELS; c++) {
    for (var i = 0u; i < 3; i++) {
      let at = (c * ROWS + y + i) * STRIDE + x;
      let left = vec4f(image[at], image[at + 1], image[at + 2], image[at + 3]);
      let right = vec2f(image[at + 4], image[at + 5]);
      let w = ((k * CHANNELS + c) * 3 + i) * 3;
      sums += weights[w] * left;
      sums += weights[w + 1] * vec4f(left.yzw, right.x);
      sums += weights[w + 2] * vec4f(left.zw, right);
    }
  }
  for (var p = 0u; p < 4; p++) {
    if (x + p < WIDTH) {
      result[(k * HEIGHT + y) * WIDTH + x + p] = sums[p];
    }
  }
}
