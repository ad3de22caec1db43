// A rule's change to one weight (kernels/shared/maps.ts): w ↦ a·max(w,0) + b·min(w,0) + c·w² + d of the coefficients
// (a, b, c, d).
fn apply_map(map: vec4f, w: f32) -> f32 {
  return map.x * max(w, 0.0) + map.y * min(w, 0.0) + map.z * w * w + map.w;
}
