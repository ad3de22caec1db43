// exp(x − max) / Σ exp(x − max) over EXTENT elements STRIDE apart, or its logarithm. One workgroup per row.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override EXTENT: u32;
override STRIDE: u32;
override LOG: bool;
// @include combine
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_index(workgroup, groups, 0u, 1u);
  if (row >= ROWS) {
    return;
  }
  let first = row / STRIDE * STRIDE * EXTENT + row % STRIDE;
  var largest = input[first];
  for (var i = local; i < EXTENT; i += 256u) {
    largest = max(largest, input[first + i * STRIDE]);
  }
  largest = combined(vec4f(0.0, 0.0, largest, 0.0), local).z;
  var sum = 0.0;
  for (var i = local; i < EXTENT; i += 256u) {
    sum += exp(input[first + i * STRIDE] - largest);
  }
  sum = combined(vec4f(sum, 0.0, 0.0, 0.0), local).x;
  for (var i = local; i < EXTENT; i += 256u) {
    let power = input[first + i * STRIDE] - largest;
    output[first + i * STRIDE] = select(exp(power) / sum, power - log(sum), LOG);
  }
}
