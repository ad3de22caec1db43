// The second pass of a split sum: out[i] = finish(Σ_s partial[s, i]), in fixed order, so that two runs give the same
// bits. partial [SPLITS, N, channels, PLANE]; one element per invocation. The partial sums may be those of several
// results with ALL_PARTS parts together: then out is made of the PARTS from FIRST_PART on.
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override SPLITS: u32;
override FIRST_PART: u32;
override ALL_PARTS: u32;
// @include epilogue
// @include per-element

const CHANNELS = GROUPS * PARTS * GROUP_CHANNELS;

fn element(i: u32) {
  let row = i / PLANE; // of channels
  let group = row / (PARTS * GROUP_CHANNELS); // of all samples
  let within = row - group * (PARTS * GROUP_CHANNELS);
  let source = (group * ALL_PARTS + FIRST_PART) * GROUP_CHANNELS + within;
  var sum = 0.0;
  for (var split = 0u; split < SPLITS; split++) {
    sum += partial[split * (COUNT / PARTS * ALL_PARTS) + source * PLANE + i - row * PLANE];
  }
  output[i] = finish(sum, row / CHANNELS, row % CHANNELS, i - row * PLANE);
}
