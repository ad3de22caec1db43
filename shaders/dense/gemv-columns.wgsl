// Dense layer whose sums run down the columns of its weights in memory: partial[s, n, c] = Σ_r map(w[r, c])·x[n, r] over
// the rows r of split s; `sum-splits.wgsl` adds the splits. w [ROWS, COLUMNS], a slab of rows starting at FIRST of TOTAL;
// x [SAMPLES, X_PARTS·TOTAL]; partial [all splits, SAMPLES, PARTS·COLUMNS], of which this dispatch writes SPLITS from
// FIRST_SPLIT on. Neighbouring invocations read neighbouring columns, COLUMNS_EACH times 64 of them; each weight is read
// once for all parts and all SAMPLES.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override FIRST: u32;
override TOTAL: u32;
override SAMPLES: u32;
override PARTS: u32;
override X_PARTS: u32;
override FIRST_SPLIT: u32;
override SPLITS: u32;
override PLAIN: bool;
override COLUMNS_EACH: u32;
override SUMS: u32;
override TRANSPOSED: bool;
// @include dense

const SPLIT_ROWS = (ROWS + SPLITS - 1u) / SPLITS;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.x * (64u * COLUMNS_EACH) + local;
  let split = workgroup.y;
  var sums: array<f32, SUMS>;
  for (var row = split * SPLIT_ROWS; row < min((split + 1u) * SPLIT_ROWS, ROWS); row++) {
    for (var c = 0u; c < COLUMNS_EACH; c++) { // @unroll
      // Columns past the last repeat it; their sums are dropped.
      let w = weights[row * COLUMNS + min(first + c * 64u, COLUMNS - 1u)];
      for (var part = 0u; part < PARTS; part++) { // @unroll
        for (var in_part = 0u; in_part < X_PARTS; in_part++) { // @unroll
          let mapped = map_weight(w, part, in_part);
          for (var n = 0u; n < SAMPLES; n++) { // @unroll
            sums[(c * PARTS + part) * SAMPLES + n] +=
              mapped * x[(n * X_PARTS + in_part) * TOTAL + FIRST + row];
          }
        }
      }
    }
  }
  for (var i = 0u; i < SUMS; i++) { // @unroll
    let column = first + i / (PARTS * SAMPLES) * 64u;
    if (column < COLUMNS) {
      let at = (i % SAMPLES * PARTS + i / SAMPLES % PARTS) * COLUMNS + column;
      output[(FIRST_SPLIT + split) * (SAMPLES * PARTS * COLUMNS) + at] = sums[i];
    }
  }
}
