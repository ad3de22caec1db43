// The weights, four channels of the output to a read.
@group(0) @binding(1) var<storage, read> packed_weights: array<vec4f>;
