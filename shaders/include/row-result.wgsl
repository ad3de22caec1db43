// Writes the result of a row, (sum, minimum, maximum, sum), to `output`; with SUMS_ONLY just the two sums.
override SUMS_ONLY: bool;

fn write_result(row: u32, result: vec4f) {
  if (SUMS_ONLY) {
    output[2u * row] = result.x;
    output[2u * row + 1u] = result.w;
  } else {
    output[4u * row] = result.x;
    output[4u * row + 1u] = result.y;
    output[4u * row + 2u] = result.z;
    output[4u * row + 3u] = result.w;
  }
}
