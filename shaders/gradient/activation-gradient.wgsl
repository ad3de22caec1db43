// An activation's gradient, g·f'(x) for every element; functions as in `activation.wgsl`. Where f has no derivative: 0,
// or the slope A of leaky ReLU at 0.
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include element-functions
// @include per-element

fn element(i: u32) {
  output[i] = gradient[i] * derivative(input[i]);
}

fn derivative(x: f32) -> f32 {
  switch (KIND) {
    case 0u: { return select(0.0, 1.0, x > A && x < B); }
    case 1u: { return select(A, 1.0, x > 0.0); }
    case 2u: {
      let power = exp(-abs(x));
      return power / ((1.0 + power) * (1.0 + power));
    }
    case 3u: { return select(0.0, 1.0, x > 0.0); }
    case 4u: { return select(0.0, A, A * x + B > 0.0 && A * x + B < 1.0); }
    case 5u: { return select(select(x / 3.0 + 0.5, 0.0, x <= -3.0), 1.0, x >= 3.0); }
    case 6u: { return B * select(A / C * exp(min(x, 0.0) / C), 1.0, x > 0.0); }
    case 7u: { return 1.0 - bounded_tanh(x) * bounded_tanh(x); }
    case 8u: { return sigmoid(x); }
    case 9u: { return 1.0 / ((1.0 + abs(x)) * (1.0 + abs(x))); }
    case 10u: {
      return 0.5 * (1.0 + error_function(x * 0.7071067812)) + x * exp(-0.5 * min(x * x, 160.0)) * 0.3989422804;
    }
    case 11u: {
      let t = gelu_tanh(x);
      return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * x * x);
    }
    case 12u: { return 1.1283791671 * exp(-min(x * x, 80.0)); }
    case 13u: { return exp(x); }
    case 14u: { return 1.0 / x; }
    case 15u: { return select(0.0, 0.5 / sqrt(max(x, 1.2e-38)), x > 0.0); }
    case 16u: { return sign(x); }
    case 17u: { return -1.0 / (x * x); }
    default: { return A * power(x, A - 1.0); }
  }
}
