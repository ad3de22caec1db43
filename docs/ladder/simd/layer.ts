/**
 * What every rung is given: a convolution of 3×3, stride 1, one zero around it,
 * result[k, y, x] = Σ weights[k, c, i, j] · image[c, y + i − 1, x + j − 1]. Whole multiples of 4 outputs.
 */
@unmanaged
export class Layer {
  image: usize;
  weights: usize;
  result: usize;
  /** Room for the weights in a rung's own order, written once by its `pack`. */
  packed: usize;
  /** Room for what a run writes on its way. */
  scratch: usize;
  channels: usize;
  outputs: usize;
  height: usize;
  width: usize;
}

/** Numbers of a row of the padded image: room for reading whole vectors of eight from any tap. */
@inline
export function paddedWidth(l: Layer): usize {
  return ((l.width + 7) & ~7) + 4;
}

/** Rows of it: one above, one below, one more for a tile of 2×2 that hangs over. */
@inline
export function paddedRows(l: Layer): usize {
  return l.height + 3;
}

/** Copies the image into `scratch` with zeros around it; returns the first address behind it. */
export function pad(l: Layer): usize {
  const stride = paddedWidth(l) << 2;
  const plane = paddedRows(l) * stride;
  memory.fill(l.scratch, 0, l.channels * plane);
  for (let c: usize = 0; c < l.channels; c++) {
    for (let y: usize = 0; y < l.height; y++) {
      const from = l.image + (((c * l.height + y) * l.width) << 2);
      memory.copy(l.scratch + c * plane + (y + 1) * stride + 4, from, l.width << 2);
    }
  }
  return l.scratch + l.channels * plane;
}

/** Weights [k, c, tap] as [k / 4, c, tap, 4]: the four channels of a tap side by side. */
export function packFours(l: Layer): void {
  const depth = l.channels * 9;
  for (let k: usize = 0; k < l.outputs; k++) {
    const to = l.packed + ((((k >> 2) * depth << 2) + (k & 3)) << 2);
    for (let d: usize = 0; d < depth; d++) store<f32>(to + (d << 4), load<f32>(l.weights + ((k * depth + d) << 2)));
  }
}
