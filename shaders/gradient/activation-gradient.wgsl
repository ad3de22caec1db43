// An activation's gradient, g·f'(x) for every element; KIND, A and B as in `activation.wgsl`. Where f has no derivative:
// 0 (ReLU at 0, clipping at A and B), or the slope A (leaky ReLU at 0).
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override KIND: u32;
override A: f32;
override B: f32;
// @include per-element

fn element(i: u32) {
  let g = gradient[i];
  let x = input[i];
  switch (KIND) {
    case 0u: {
      output[i] = select(0.0, g, x > A && x < B);
    }
    case 1u: {
      output[i] = select(A * g, g, x > 0.0);
    }
    case 2u: {
      // exp of a number that is not positive cannot overflow.
      let power = exp(-abs(x));
      output[i] = g * power / ((1.0 + power) * (1.0 + power));
    }
    default: {
      output[i] = select(0.0, g, x > 0.0);
    }
  }
}
