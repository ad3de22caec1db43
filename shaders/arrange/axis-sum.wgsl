// A sparse linear map of one axis: output[o, to, n] = Σ_e input[o, entry_e, n] over the entries of row `to`, or VALUE
// where the row has none. Padding and its transpose, axis by axis. input [OUTER, FROM, INNER], output [OUTER, TO, INNER].
// Table: first entry of each row and the end of the last (TO + 1 numbers), then the entries.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override FROM: u32;
override TO: u32;
override INNER: u32;
override VALUE: f32;
// @include per-element

fn element(i: u32) {
  let outer = i / (INNER * TO);
  let row = i / INNER % TO;
  let end = rows[row + 1u];
  var sum = 0.0;
  for (var e = rows[row]; e < end; e++) {
    sum += input[(outer * FROM + rows[TO + 1u + e]) * INNER + i % INNER];
  }
  output[i] = select(VALUE, sum, end > rows[row]);
}
