// A rule's change to the weights of a convolution (kernels/shared/maps.ts), and their layout for `conv.wgsl`: from OIHW
// to [group][k][m], m padded with zeros to COLUMNS. Entry [p][q] of `maps`, coefficients of `weight-map.wgsl`, makes the
// weights from part q of the input to part p of the output. Column m is channel m % CHANNELS at place m / CHANNELS (a strided
// transposed convolution may make PLACES outputs at once). One element per invocation.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
// Per place and row k: the stacked channel within the group that is summed over (−1: no weight), and the tap.
@group(0) @binding(1) var<storage, read> rows: array<vec2i>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override TRANSPOSED: bool;
// Plain channels of a group.
override GROUP_OUT: u32;
override GROUP_IN: u32;
override TAPS: u32;
override OUT_PARTS: u32;
override IN_PARTS: u32;
override PLACES: u32;
override DEPTH: u32;
override COLUMNS: u32;
// @include weight-map
// @include per-element

// Stacked channels of a group that are made, and summed over.
const CHANNELS = select(OUT_PARTS * GROUP_OUT, IN_PARTS * GROUP_IN, TRANSPOSED);

fn element(i: u32) {
  let column = i % COLUMNS;
  let place = column / CHANNELS;
  let m = column - place * CHANNELS;
  let row = rows[min(place, PLACES - 1u) * DEPTH + i / COLUMNS % DEPTH];
  let group = i / (COLUMNS * DEPTH);
  let k = u32(max(row.x, 0));
  let outer = select(m, k, TRANSPOSED);
  let inner = select(k, m, TRANSPOSED);
  var value = 0.0;
  if (row.x >= 0 && place < PLACES) {
    let out_part = outer / GROUP_OUT;
    let in_part = inner / GROUP_IN;
    let o = group * GROUP_OUT + outer - out_part * GROUP_OUT;
    let w = weights[(o * GROUP_IN + inner - in_part * GROUP_IN) * TAPS + u32(row.y)];
    value = apply_map(maps[out_part * IN_PARTS + in_part], w);
  }
  output[i] = value;
}
