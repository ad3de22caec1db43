// One function of every element: `element-functions` says which by KIND.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// @include element-functions
// @include per-element

fn element(i: u32) {
  output[i] = activate(input[i]);
}

fn activate(x: f32) -> f32 {
  switch (KIND) {
    case 0u: { return min(max(x, A), B); }
    case 1u: { return select(A * x, x, x >= 0.0); }
    case 2u: { return sigmoid(x); }
    case 3u: { return max(x, 0.0); }
    case 4u: { return clamp(A * x + B, 0.0, 1.0); }
    case 5u: { return x * clamp(x / 6.0 + 0.5, 0.0, 1.0); }
    case 6u: { return B * select(A * (exp(min(x, 0.0) / C) - 1.0), x, x >= 0.0); }
    case 7u: { return bounded_tanh(x); }
    case 8u: { return max(x, 0.0) + log(1.0 + exp(-abs(x))); }
    case 9u: { return x / (1.0 + abs(x)); }
    case 10u: { return 0.5 * x * (1.0 + error_function(x * 0.7071067812)); }
    case 11u: { return 0.5 * x * (1.0 + gelu_tanh(x)); }
    case 12u: { return error_function(x); }
    case 13u: { return exp(x); }
    case 14u: { return log(x); }
    case 15u: { return sqrt(x); }
    case 16u: { return abs(x); }
    case 17u: { return 1.0 / x; }
    default: { return power(x, A); }
  }
}
