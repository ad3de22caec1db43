// Moves and reduces elements by strides: output[first_output + Σ c·out stride] =
// factor · Σ_r input[first_input + Σ c·stride + Σ r·stride] over all coordinates c of a grid (AXES axes, outermost first)
// and all r of a reduction (SUM_AXES axes, SUM_COUNT coordinates). Slice, concat, transpose, broadcast, sum over a
// broadcast, mean. One coordinate of the grid per invocation.
struct Walk {
  // Coordinates of the grid.
  count: u32,
  first_input: u32,
  first_output: u32,
  factor: f32,
  // Per axis of the grid (extent, input stride, output stride), then per axis of the sum (extent, input stride).
  axes: array<vec4u>,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> walk: Walk;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override AXES: u32;
override SUM_AXES: u32;
override SUM_COUNT: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= walk.count) {
    return;
  }
  var rest = i;
  var source = walk.first_input;
  var target_index = walk.first_output;
  for (var n = AXES; n > 0u; n--) {
    let axis = walk.axes[n - 1u];
    let coordinate = rest % axis.x;
    rest /= axis.x;
    source += coordinate * axis.y;
    target_index += coordinate * axis.z;
  }
  var sum = 0.0;
  for (var r = 0u; r < SUM_COUNT; r++) {
    var at = source;
    var inner = r;
    for (var n = AXES + SUM_AXES; n > AXES; n--) {
      let axis = walk.axes[n - 1u];
      at += inner % axis.x * axis.y;
      inner /= axis.x;
    }
    sum += input[at];
  }
  output[target_index] = walk.factor * sum;
}
