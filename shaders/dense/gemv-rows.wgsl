// Dense layer whose sums run along the rows of its weights in memory: out[n, r] = finish(Σ_c map(w[r, c])·x[n, c]).
// w [ROWS, COLUMNS], a slab of rows starting at FIRST of TOTAL; x [SAMPLES, X_PARTS·COLUMNS]; out [SAMPLES, PARTS·TOTAL].
// Entry [p][q] of `maps` makes the weights from part q of x to part p of out (kernels/shared/maps.ts); each weight is read
// once for all parts and all SAMPLES.
// Workgroup: ROWS_EACH rows, 64 invocations side by side along them; then the 64 sums of each result eight by eight.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> other: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override FIRST: u32;
override TOTAL: u32;
override SAMPLES: u32;
override X_PARTS: u32;
override PLAIN: bool;
override ROWS_EACH: u32;
// Sums of an invocation: ROWS_EACH·PARTS·SAMPLES.
override SUMS: u32;
override TRANSPOSED: bool;
// @include epilogue
// @include dense
// @include index

const LANES = 64u;

var<workgroup> lanes: array<f32, SUMS * LANES>;
var<workgroup> eighths: array<f32, SUMS * 8u>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_row = flat_index(workgroup, groups, 0u, 1u) * ROWS_EACH;
  if (first_row >= ROWS) {
    return;
  }
  var sums: array<f32, SUMS>;
  for (var column = local; column < COLUMNS; column += LANES) {
    for (var r = 0u; r < ROWS_EACH; r++) { // @unroll
      // Rows past the last repeat it; their sums are dropped.
      let w = weights[min(first_row + r, ROWS - 1u) * COLUMNS + column];
      for (var part = 0u; part < PARTS; part++) { // @unroll
        for (var in_part = 0u; in_part < X_PARTS; in_part++) { // @unroll
          let mapped = map_weight(w, part, in_part);
          for (var n = 0u; n < SAMPLES; n++) { // @unroll
            sums[(r * PARTS + part) * SAMPLES + n] +=
              mapped * x[(n * X_PARTS + in_part) * COLUMNS + column];
          }
        }
      }
    }
  }
  for (var i = 0u; i < SUMS; i++) { // @unroll
    lanes[i * LANES + local] = sums[i];
  }
  workgroupBarrier();
  for (var i = local; i < SUMS * 8u; i += LANES) {
    var sum = 0.0;
    for (var j = 0u; j < 8u; j++) {
      sum += lanes[i * 8u + j];
    }
    eighths[i] = sum;
  }
  workgroupBarrier();
  for (var i = local; i < SUMS; i += LANES) {
    var sum = 0.0;
    for (var j = 0u; j < 8u; j++) {
      sum += eighths[i * 8u + j];
    }
    let row = first_row + i / (PARTS * SAMPLES);
    if (row < ROWS) {
      let sample = i % SAMPLES;
      let channel = i / SAMPLES % PARTS * TOTAL + FIRST + row;
      output[sample * (PARTS * TOTAL) + channel] = finish(sum, sample, channel, 0u);
    }
  }
}
