// Immediate context (Goferman et al. 2012, eq. 5): S·(1 − d). One element per invocation.
@group(0) @binding(0) var<storage, read> saliency: array<f32>;
@group(0) @binding(1) var<storage, read> distance: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include per-element

fn element(i: u32) {
  output[i] = saliency[i] * (1.0 - distance[i]);
}
