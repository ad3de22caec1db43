// The input has its zeros around it in memory: no question within the loop.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = id.x % WIDTH;
  let y = id.x / WIDTH % HEIGHT;
  let k = id.x / (WIDTH * HEIGHT);
  if (k >= OUTPUTS) {
    return;
  }
  var sum = 0.0;
  for (var c = 0u; c < CHANNELS; c++) {
    for (var i = 0u; i < 3; i++) {
      for (var j = 0u; j < 3; j++) {
        sum += weights[((k * CHANNELS + c) * 3 + i) * 3 + j] * image[(c * ROWS + y + i) * STRIDE + x + j];
      }
    }
  }
  result[(k * HEIGHT + y) * WIDTH + x] = sum;
}
