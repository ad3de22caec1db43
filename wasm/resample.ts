@unmanaged
class Resample {
  x: usize;
  /** For each output its first input, then its weights: [outputs][1 + taps]. */
  rows: usize;
  columns: usize;
  y: usize;
  height: u32;
  width: u32;
  newHeight: u32;
  newWidth: u32;
  rowTaps: u32;
  columnTaps: u32;
}

/** One row of the output: the rows that it reads are joined, then its columns are taken. item = [plane][row]. */
export function resample(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Resample>(args);
  const table = a.rows + (((item % a.newHeight) * (a.rowTaps + 1)) << 2);
  const x = a.x + ((<usize>(item / a.newHeight) * a.height + <u32>load<f32>(table)) * a.width << 2);
  const rowBytes = a.width << 2;
  for (let i: u32 = 0; i < rowBytes; i += 16) {
    let sum = f32x4.splat(0);
    for (let tap: u32 = 0; tap < a.rowTaps; tap++) {
      const weight = v128.load_splat<f32>(table + (tap << 2), 4);
      sum = f32x4.add(sum, f32x4.mul(weight, v128.load(x + tap * rowBytes + i)));
    }
    v128.store(scratch + i, sum);
  }
  const y = a.y + ((<usize>item * a.newWidth) << 2);
  let column = a.columns;
  for (let j: u32 = 0; j < a.newWidth; j++) {
    const from = scratch + (<u32>load<f32>(column) << 2);
    column += 4;
    let sum: f32 = 0;
    for (let tap: u32 = 0; tap < a.columnTaps; tap++) {
      sum += load<f32>(column) * load<f32>(from + (tap << 2));
      column += 4;
    }
    store<f32>(y + (j << 2), sum);
  }
}
