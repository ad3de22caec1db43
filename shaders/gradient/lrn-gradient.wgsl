// The gradient of local response normalisation, with d_j = BIAS + ALPHA·Σ x² over output j's window:
// g_i d_i^−BETA − 2·ALPHA·BETA·x_i Σ_j g_j x_j d_j^(−BETA−1) over the outputs j whose window holds i. One element per
// invocation.
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include lrn-window
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  var through_norms = 0.0;
  let first = channel - min(channel, AFTER);
  let last = min(channel + BEFORE, CHANNELS - 1u);
  for (var c = first; c <= last; c++) {
    let j = i + c * PLANE - channel * PLANE;
    through_norms += gradient[j] * input[j] * pow(normalizer(j, c), -BETA - 1.0);
  }
  output[i] = gradient[i] * pow(normalizer(i, channel), -BETA) - 2.0 * ALPHA * BETA * input[i] * through_norms;
}
