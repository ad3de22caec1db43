// a + b, or a·b where MULTIPLY, broadcast to the grid as in numpy. One element of the output per invocation.
struct Grid {
  count: u32,
  // Per axis, outermost first: extent, stride of a, stride of b (0 where it is repeated).
  axes: array<vec4u>,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> grid: Grid;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override AXES: u32;
override MULTIPLY: bool;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= grid.count) {
    return;
  }
  var rest = i;
  var from_a = 0u;
  var from_b = 0u;
  for (var n = AXES; n > 0u; n--) {
    let axis = grid.axes[n - 1u];
    let coordinate = rest % axis.x;
    rest /= axis.x;
    from_a += coordinate * axis.y;
    from_b += coordinate * axis.z;
  }
  output[i] = select(a[from_a] + b[from_b], a[from_a] * b[from_b], MULTIPLY);
}
