// The quotient step of LRP: s = scale[part]·R / stab(z), where z [N, PARTS·CHANNELS, PLANE] holds the parts of each group
// one after the other (kernels/shared/maps.ts) and R [N, CHANNELS, PLANE]. One element of z per invocation.
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
// Shaped like R, where BRANCH: part 0 counts where it is positive, part 1 where it is negative.
@group(0) @binding(2) var<storage, read> branch: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
// Per sample, where RELATIVE: w = Σ z².
@group(0) @binding(4) var<storage, read> norms: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PARTS: u32;
override PLANE: u32;
override BRANCH: bool;
override RELATIVE: bool;
// @include stabilize
// @include per-element

const SAMPLE = PARTS * CHANNELS * PLANE;

fn element(i: u32) {
  let sample = i / SAMPLE;
  let stacked = i / PLANE % (PARTS * CHANNELS);
  let group = stacked / (PARTS * GROUP_CHANNELS);
  let part = stacked / GROUP_CHANNELS % PARTS;
  let channel = group * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
  let source = (sample * CHANNELS + channel) * PLANE + i % PLANE;
  var scale = 1.0;
  if (RELATIVE) {
    scale = sqrt(norms[sample].w / f32(SAMPLE));
  }
  var result = quotient(scales[part] * relevance[source], z[i], scale);
  if (BRANCH) {
    let sign = branch[source];
    if (select(sign >= 0.0, sign <= 0.0, part == 0u)) {
      result = 0.0;
    }
  }
  output[i] = result;
}
