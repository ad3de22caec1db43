// First pass of the Taylor expansion of LRN (Binder et al. 2016, eq. 12), per output j: its quotient
// R_j / stab(Σ_i z_ij), and the factor f_j of its shares z_ij = f_j·x_i² (i ≠ j); z_jj = x_j (BIAS + ALPHA·x_j²)^−BETA.
// One element per invocation; output (quotient, f).
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> relevance: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<vec2f>;

// @include lrn-window
// @include stabilize
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  let x = input[i];
  let normal = normalizer(i, channel);
  let factor = -2.0 * ALPHA * BETA * x * pow(normal, -BETA - 1.0);
  var total = x * pow(BIAS + ALPHA * x * x, -BETA);
  for (var c = first_channel(channel); c <= last_channel(channel); c++) {
    if (c != channel) {
      let other = input[i + c * PLANE - channel * PLANE];
      total += factor * other * other;
    }
  }
  output[i] = vec2f(quotient(relevance[i], total, 1.0), factor);
}
