import { quotient } from './shared/epilogue';
import { storeLanes } from './shared/vector';

@unmanaged
class Squares {
  x: usize;
  /** [samples][chunks] float64. */
  sums: usize;
  /** Elements of a sample. */
  count: u32;
  chunk: u32;
  chunks: u32;
}

/** Σx² of a chunk of a sample, in float64: item = [sample][chunk]. */
export function sumSquares(item: u32, args: usize): void {
  const a = changetype<Squares>(args);
  const first = (item % a.chunks) * a.chunk;
  const end = min(a.count, first + a.chunk);
  const x = a.x + ((<usize>(item / a.chunks) * a.count) << 2);
  let sum: f64 = 0;
  for (let i = first; i < end; i++) {
    const value = <f64>load<f32>(x + (i << 2));
    sum += value * value;
  }
  store<f64>(a.sums + (item << 3), sum);
}

/**
 * A sample's stacked channels are blocks [group][part] of `block` contiguous elements, to which R's blocks [group]
 * correspond.
 */
@unmanaged
class Quotients {
  relevance: usize;
  z: usize;
  y: usize;
  /** Where part 0 counts only if it is > 0, part 1 only if < 0; 0 where there is none. */
  branch: usize;
  scales: usize;
  clip: u32;
  epsilon: f32;
  groups: u32;
  parts: u32;
  block: u32;
  chunk: u32;
  /** {@link sumSquares} of z: ε is times its root mean square; 0 where it is absolute. */
  squares: usize;
  squareChunks: u32;
}

/** item = [sample][group][part][chunk]. */
export function quotients(item: u32, args: usize): void {
  const a = changetype<Quotients>(args);
  const chunks = (a.block + a.chunk - 1) / a.chunk;
  const first = (item % chunks) * a.chunk;
  const end = min(a.block, first + a.chunk);
  const stacked = item / chunks;
  const which = stacked % a.parts;
  let epsilon = a.epsilon;
  if (a.squares) {
    const sample = stacked / (a.parts * a.groups);
    let sum: f64 = 0;
    for (let i: u32 = 0; i < a.squareChunks; i++) sum += load<f64>(a.squares + ((sample * a.squareChunks + i) << 3));
    epsilon = <f32>(<f64>epsilon * Math.sqrt(sum / <f64>(a.block * a.parts * a.groups)));
  }
  const zero = f32x4.splat(0);
  const scale = v128.load_splat<f32>(a.scales + (which << 2));
  const z = (<usize>stacked * a.block) << 2;
  const from = (<usize>(stacked / a.parts) * a.block) << 2;
  for (let i = first; i < end; i += 4) {
    const at = (<usize>i) << 2;
    let s = quotient(a.clip != 0, v128.load(a.z + z + at), v128.load(a.relevance + from + at), scale, f32x4.splat(epsilon));
    if (a.branch) {
      const branch = v128.load(a.branch + from + at);
      s = v128.and(s, which == 0 ? f32x4.gt(branch, zero) : f32x4.lt(branch, zero));
    }
    storeLanes(a.y + z + at, s, end - i);
  }
}
