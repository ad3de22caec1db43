// Local response normalisation across channels of [N, CHANNELS, PLANE] (Krizhevsky et al. 2012):
// y_j = x_j (BIAS + ALPHA·Σ x²)^−BETA over the channels j − BEFORE … j + AFTER. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// @include lrn-window
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  output[i] = input[i] * pow(normalizer(i, channel), -BETA);
}
