// Functions of one element by their numbers (src/kernels/activation/attributes.ts), with parameters A, B and C.
override KIND: u32;
override A: f32;
override B: f32;
override C: f32;

const GELU_SCALE = 0.7978845608;
const GELU_CUBE = 0.044715;

// exp of a number that is not positive cannot overflow.
fn sigmoid(x: f32) -> f32 {
  let power = exp(-abs(x));
  return select(power, 1.0, x >= 0.0) / (1.0 + power);
}

// tanh overflows on some devices for large arguments.
fn bounded_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -15.0, 15.0));
}

// Abramowitz & Stegun 7.1.26: right to 1.5e-7.
fn error_function(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - series * exp(-min(x * x, 80.0)));
}

fn gelu_tanh(x: f32) -> f32 {
  return bounded_tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x));
}

// x to the power A: pow is undefined for x < 0.
fn power(x: f32, exponent: f32) -> f32 {
  let size = pow(abs(x), exponent);
  return select(size, -size, x < 0.0 && abs(exponent) % 2.0 == 1.0);
}
