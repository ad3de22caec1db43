// The sum over channels of a relevance map [N, CHANNELS, PIXELS], then max(h, 0), or |h| where ABSOLUTE: [N, PIXELS].
// One pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override CHANNELS: u32;
override PIXELS: u32;
override ABSOLUTE: bool;
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
  let first = i / PIXELS * CHANNELS * PIXELS + i % PIXELS;
  var sum = 0.0;
  for (var c = 0u; c < CHANNELS; c++) {
    sum += input[first + c * PIXELS];
  }
  output[i] = select(max(sum, 0.0), abs(sum), ABSOLUTE);
}
