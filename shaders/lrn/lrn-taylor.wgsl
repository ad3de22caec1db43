// Second pass of the Taylor expansion of LRN: R_i = Σ_j z_ij·quotient_j over the outputs j whose window holds i, with the
// shares of `lrn-shares.wgsl`. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> shares: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include lrn-window
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  let x = input[i];
  var sum = x * pow(BIAS + ALPHA * x * x, -BETA) * shares[i].x;
  let first = channel - min(channel, AFTER);
  let last = min(channel + BEFORE, CHANNELS - 1u);
  for (var j = first; j <= last; j++) {
    if (j != channel) {
      let share = shares[i + j * PLANE - channel * PLANE];
      sum += share.y * x * x * share.x;
    }
  }
  output[i] = sum;
}
