// The quotient of LRP, r / stab(z). STABILIZER 0: z + ε·scale·sign(z), sign(0) = +1; 1: sign(z)·max(|z|, ε).
// Where the denominator is 0, or too small for a GPU to tell (possible only with ε = 0), the quotient is 0.
override STABILIZER: u32;
override EPSILON: f32;
// @include smallest

fn stabilize(z: f32, scale: f32) -> f32 {
  let sign = select(-1.0, 1.0, z >= 0.0);
  if (STABILIZER == 1u) {
    return sign * max(abs(z), EPSILON);
  }
  return z + sign * EPSILON * scale;
}

fn quotient(r: f32, z: f32, scale: f32) -> f32 {
  let denominator = stabilize(z, scale);
  if (abs(denominator) < SMALLEST) {
    return 0.0;
  }
  return r / denominator;
}
