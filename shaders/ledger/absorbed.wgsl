// First pass of what a layer's quotient step kept from its inputs, per sample: (Σ s·b, 0, 0, Σ s·(stab(z) − z)),
// or just the two sums with SUMS_ONLY. With the absolute stabilizer (Z_FREE) the latter sum is ε·Σ |s|·sign(scale·R),
// which needs no z. R [N, CHANNELS, PLANE]; s and z [N, PARTS·CHANNELS, PLANE]; bias [PARTS·CHANNELS].
// Workgroup (p, n) of a grid of P columns takes every P-th block of 256 elements of sample n. Second pass, where P > 1:
// `statistics-total.wgsl`.
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> s: array<f32>;
@group(0) @binding(2) var<storage, read> z: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> scales: array<f32>;
// Per sample: w = Σ z², where RELATIVE.
@group(0) @binding(5) var<storage, read> norms: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PARTS: u32;
override PLANE: u32;
override HAS_BIAS: bool;
override Z_FREE: bool;
override RELATIVE: bool;
// @include stabilize
// @include combine
// @include row-result

const SAMPLE = PARTS * CHANNELS * PLANE;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let sample = workgroup.y;
  var norm = 1.0;
  if (RELATIVE) {
    norm = sqrt(norms[sample].w / f32(SAMPLE));
  }
  var by_bias = 0.0;
  var by_stabilizer = 0.0;
  for (var i = workgroup.x * 256u + local; i < SAMPLE; i += groups.x * 256u) {
    let stacked = i / PLANE;
    let part = stacked / GROUP_CHANNELS % PARTS;
    let channel = stacked / (PARTS * GROUP_CHANNELS) * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
    let quotient = s[sample * SAMPLE + i];
    if (HAS_BIAS) {
      by_bias += quotient * bias[stacked];
    }
    if (Z_FREE) {
      let start = scales[part] * relevance[(sample * CHANNELS + channel) * PLANE + i % PLANE];
      by_stabilizer += EPSILON * abs(quotient) * sign(start);
    } else {
      let value = z[sample * SAMPLE + i];
      by_stabilizer += quotient * (stabilize(value, norm) - value);
    }
  }
  let result = combined(vec4f(by_bias, 0.0, 0.0, by_stabilizer), local);
  if (local == 0u) {
    write_result(sample * groups.x + workgroup.x, result);
  }
}
