// One function of every element. KIND 0: clip to [A, B]; 1: leaky ReLU with slope A; 2: sigmoid; 3: ReLU.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override KIND: u32;
override A: f32;
override B: f32;
// @include per-element

fn element(i: u32) {
  let x = input[i];
  switch (KIND) {
    case 0u: {
      output[i] = min(max(x, A), B);
    }
    case 1u: {
      output[i] = select(A * x, x, x >= 0.0);
    }
    case 2u: {
      // exp of a number that is not positive cannot overflow.
      let power = exp(-abs(x));
      output[i] = select(power, 1.0, x >= 0.0) / (1.0 + power);
    }
    default: {
      output[i] = max(x, 0.0);
    }
  }
}
