// STEPS times v ← 0.75·v + 0.5 on every element: arithmetic in registers alone, by which a device's peak is measured.
// An invocation keeps 8 elements (COUNT vectors of 4 in all), whose chains do not wait for each other.
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

override COUNT: u32;
override STEPS: u32;
// @include index

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = 2u * flat_index(workgroup, groups, local, 64u);
  if (i >= COUNT) {
    return;
  }
  var a = input[i];
  var b = input[i + 1u];
  for (var step = 0u; step < STEPS; step += 8u) {
    // Written out, so that counting is little of the work.
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
  }
  output[i] = a;
  output[i + 1u] = b;
}
