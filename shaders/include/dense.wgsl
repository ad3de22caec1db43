// A rule's change to one weight of a dense layer, made while it is read: the layer may be huge. `maps` holds the
// coefficients of `weight-map.wgsl`, [output part][input part] of the layer; with TRANSPOSED the results are parts of
// the layer's input.
// @include weight-map

fn map_weight(w: f32, part: u32, in_part: u32) -> f32 {
  if (PLAIN) {
    return w;
  }
  return apply_map(maps[select(part * X_PARTS + in_part, in_part * PARTS + part, TRANSPOSED)], w);
}
