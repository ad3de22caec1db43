// A rule's change to one weight of a dense layer, made while it is read: the layer may be huge.
// `maps` holds (a, b, c, d) for w ↦ a·max(w,0) + b·min(w,0) + c·w² + d, [output part][input part] of the layer;
// with TRANSPOSED the results are parts of the layer's input.
fn map_weight(w: f32, part: u32, in_part: u32) -> f32 {
  if (PLAIN) {
    return w;
  }
  let map = maps[select(part * X_PARTS + in_part, in_part * PARTS + part, TRANSPOSED)];
  return map.x * max(w, 0.0) + map.y * min(w, 0.0) + map.z * w * w + map.w;
}
