// What a rule makes of a layer's input a [N, CHANNELS, PLANE] before it meets the weights: [N, PARTS·CHANNELS, PLANE],
// parts stacked within each group. KIND 0: a⁺, a⁻; 1: a, −low, −high (a bound per channel or one for all); 2: ones.
// One element of the output per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
// LOWS lower bounds, then the upper ones.
@group(0) @binding(1) var<storage, read> bounds: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override KIND: u32;
override PARTS: u32;
override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PLANE: u32;
override LOWS: u32;
override HIGHS: u32;
// @include per-element

fn element(i: u32) {
  let sample = i / (PARTS * CHANNELS * PLANE);
  let stacked = i / PLANE % (PARTS * CHANNELS);
  let part = stacked / GROUP_CHANNELS % PARTS;
  let channel = stacked / (PARTS * GROUP_CHANNELS) * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
  let value = input[(sample * CHANNELS + channel) * PLANE + i % PLANE];
  if (KIND == 2u) {
    output[i] = 1.0;
  } else if (KIND == 0u) {
    output[i] = select(min(value, 0.0), max(value, 0.0), part == 0u);
  } else if (part == 0u) {
    output[i] = value;
  } else {
    output[i] = -bounds[select(LOWS + channel % HIGHS, channel % LOWS, part == 1u)];
  }
}
