// Matrix product of computed tensors, [batches, ROWS, DEPTH]·[batches, DEPTH, COLUMNS]; the table says for each batch
// which matrix of a and of b it takes. One element of the output per invocation.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> batches: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override DEPTH: u32;
// @include per-element

fn element(i: u32) {
  let batch = batches[i / (ROWS * COLUMNS)];
  let first_a = batch.x * (ROWS * DEPTH) + i / COLUMNS % ROWS * DEPTH;
  let first_b = batch.y * (DEPTH * COLUMNS) + i % COLUMNS;
  var sum = 0.0;
  for (var k = 0u; k < DEPTH; k++) {
    sum += a[first_a + k] * b[first_b + k * COLUMNS];
  }
  output[i] = sum;
}
