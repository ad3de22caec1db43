// First half of an exact Euclidean distance transform (kernels of saliency/foci.ts): for each pixel of [N, H, W] the
// distance to the nearest pixel of its own column above THRESHOLD, or H + W where there is none. One pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override H: u32;
override W: u32;
override THRESHOLD: f32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= COUNT) {
    return;
  }
  let y = i / W % H;
  var distance = H + W;
  for (var step = 0u; step < H; step++) {
    let above = step <= y && input[i - min(step, y) * W] > THRESHOLD;
    let below = y + step < H && input[i + min(step, H - 1u - y) * W] > THRESHOLD;
    if (above || below) {
      distance = step;
      break;
    }
  }
  output[i] = f32(distance);
}
