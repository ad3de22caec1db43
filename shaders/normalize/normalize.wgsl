// Brings each row of x [rows, LENGTH] to [0,1]: |x| / max|x| where PEAK, else (x − min) / (max − min). A row whose
// maximum or span is not greater than TOLERANCE (or SMALLEST) counts as constant and becomes 0. One element per invocation;
// statistics [rows]: (_, min, max, _).
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override LENGTH: u32;
override PEAK: bool;
override TOLERANCE: f32;
// @include per-element
// @include smallest

fn element(i: u32) {
  let row = statistics[i / LENGTH];
  let low = select(row.y, 0.0, PEAK);
  let span = select(row.z - row.y, max(abs(row.y), abs(row.z)), PEAK);
  let value = select(input[i], abs(input[i]), PEAK) - low;
  var result = 0.0;
  if (span > max(TOLERANCE, SMALLEST)) {
    // A GPU's x/x may miss 1 by a bit, and the maximum would then be another of the 256 levels of `lab.wgsl`.
    result = select(min(value / span, 1.0), 1.0, value == span);
  }
  output[i] = result;
}
