// What every rung shares; it stands before each of them.
// A convolution of 3×3, stride 1, one zero around: out[k, y, x] = Σ w[k, c, i, j] · in[c, y + i − 1, x + j − 1].
override CHANNELS: u32; // of the input, c
override OUTPUTS: u32;  // channels of the output, k
override HEIGHT: u32;
override WIDTH: u32;
override ROWS: u32;     // of a plane that is padded with zeros, with the image from (1, 1) on
override STRIDE: u32;   // numbers of its rows

@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
