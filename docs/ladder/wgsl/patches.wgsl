// What the rungs of patches share.
override PATCHES: u32;
override LENGTH: u32;

@group(0) @binding(0) var<storage, read> patches: array<f32>; // [length, patches]: a patch is a column
@group(0) @binding(2) var<storage, read_write> distances: array<f32>;
