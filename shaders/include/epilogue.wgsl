// What is done to each result z of a layer before it is written: the bias is added, then nothing (0), max(z,0) (1),
// the quotient scale·R/stab(z) of LRP (2), or the product z·a (3). Shared by convolutions and dense layers.
// The includer binds `bias` [stacked channels] and `other`: R [N, channels, plane] or a, shaped like the result.
override EPILOGUE: u32;
override HAS_BIAS: bool;
// Parts of the output, plain channels per group, and groups: how stacked channels lie (kernels/shared/maps.ts).
override PARTS: u32;
override GROUP_CHANNELS: u32;
override GROUPS: u32;
// Positions of one channel.
override PLANE: u32;
override SCALE_0: f32;
override SCALE_1: f32;
// @include stabilize

fn finish(sum: f32, sample: u32, channel: u32, position: u32) -> f32 {
  var z = sum;
  if (HAS_BIAS) {
    z += bias[channel];
  }
  if (EPILOGUE == 1u) {
    z = max(z, 0.0);
  }
  if (EPILOGUE == 2u) {
    let group = channel / (PARTS * GROUP_CHANNELS);
    let within = channel - group * (PARTS * GROUP_CHANNELS);
    let part = within / GROUP_CHANNELS;
    let plain = group * GROUP_CHANNELS + within - part * GROUP_CHANNELS;
    let relevance = other[(sample * (GROUPS * GROUP_CHANNELS) + plain) * PLANE + position];
    z = quotient(select(SCALE_1, SCALE_0, part == 0u) * relevance, z, 1.0);
  }
  if (EPILOGUE == 3u) {
    z *= other[(sample * (PARTS * GROUPS * GROUP_CHANNELS) + channel) * PLANE + position];
  }
  return z;
}
