// The same work, numbered so that neighbouring invocations take neighbouring pixels: what a group of them reads and
// writes at once lies side by side, and all of them want the same weight.
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
        let row = i32(y + i) - 1;
        let column = i32(x + j) - 1;
        if (row >= 0 && row < i32(HEIGHT) && column >= 0 && column < i32(WIDTH)) {
          sum += weights[((k * CHANNELS + c) * 3 + i) * 3 + j] * image[(c * HEIGHT + u32(row)) * WIDTH + u32(column)];
        }
      }
    }
  }
  result[(k * HEIGHT + y) * WIDTH + x] = sum;
}
