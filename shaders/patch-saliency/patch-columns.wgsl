// Patches [N, PATCHES, LENGTH] turned into columns [N, LENGTH, COLUMNS] for `patch-distances.wgsl`, those past the last
// patch zero. One patch per invocation, so that neighbours write neighbouring numbers.
@group(0) @binding(0) var<storage, read> patches: array<f32>;
@group(0) @binding(1) var<storage, read_write> columns: array<f32>;

override PATCHES: u32;
override LENGTH: u32;
override COLUMNS: u32;
// @include per-element

fn element(i: u32) {
  let sample = i / COLUMNS;
  let column = i % COLUMNS;
  for (var e = 0u; e < LENGTH; e++) {
    var value = 0.0;
    if (column < PATCHES) {
      value = patches[(sample * PATCHES + column) * LENGTH + e];
    }
    columns[(sample * LENGTH + e) * COLUMNS + column] = value;
  }
}
