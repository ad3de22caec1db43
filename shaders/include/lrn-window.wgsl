// The window of channels of LRN; ALPHA is α/n.
override CHANNELS: u32;
override PLANE: u32;
override BEFORE: u32;
override AFTER: u32;
override ALPHA: f32;
override BETA: f32;
override BIAS: f32;

fn first_channel(channel: u32) -> u32 {
  return channel - min(channel, BEFORE);
}

fn last_channel(channel: u32) -> u32 {
  return min(channel + AFTER, CHANNELS - 1u);
}

// BIAS + ALPHA·Σ x² over the window of element i in a channel.
fn normalizer(i: u32, channel: u32) -> f32 {
  var squares = 0.0;
  for (var c = first_channel(channel); c <= last_channel(channel); c++) {
    let x = input[i + c * PLANE - channel * PLANE];
    squares += x * x;
  }
  return BIAS + ALPHA * squares;
}
