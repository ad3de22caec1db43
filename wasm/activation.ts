@unmanaged
class Activation {
  x: usize;
  y: usize;
  count: u32;
  /** Elements of an item, a multiple of 4. */
  chunk: u32;
  /** Of src/kernels/activation/attributes.ts, with its parameters. */
  kind: u32;
  a: f32;
  b: f32;
  c: f32;
}

/**
 * One function of every element. Blocks of memory are padded to 64 bytes, so that the last vector of an item may run over
 * the end of the numbers.
 */
export function activation(item: u32, args: usize): void {
  const a = changetype<Activation>(args);
  const first = item * a.chunk;
  const end = min(a.count, first + a.chunk);
  const low = f32x4.splat(a.a);
  const high = f32x4.splat(a.b);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let i = first; i < end; i += 4) {
    const x = a.x + (i << 2);
    const y = a.y + (i << 2);
    if (a.kind == 0) {
      v128.store(y, f32x4.min(f32x4.max(v128.load(x), low), high));
    } else if (a.kind == 3) {
      v128.store(y, f32x4.max(v128.load(x), zero));
    } else if (a.kind == 1) {
      const value = v128.load(x);
      v128.store(y, v128.bitselect(f32x4.mul(value, low), value, f32x4.lt(value, zero)));
    } else if (a.kind == 4) {
      v128.store(y, f32x4.min(f32x4.max(f32x4.add(f32x4.mul(v128.load(x), low), high), zero), one));
    } else if (a.kind == 5) {
      const value = v128.load(x);
      const inside = f32x4.add(f32x4.mul(value, f32x4.splat(<f32>(1.0 / 6))), f32x4.splat(0.5));
      v128.store(y, f32x4.mul(value, f32x4.min(f32x4.max(inside, zero), one)));
    } else if (a.kind == 15) {
      v128.store(y, f32x4.sqrt(v128.load(x)));
    } else if (a.kind == 16) {
      v128.store(y, f32x4.abs(v128.load(x)));
    } else if (a.kind == 17) {
      v128.store(y, f32x4.div(one, v128.load(x)));
    } else {
      for (let lane = 0; lane < 16; lane += 4) store<f32>(y + lane, smooth(a, load<f32>(x + lane)));
    }
  }
}

/** The functions that need an exponential or a power; all by exp and log, to keep the binary small. */
function smooth(a: Activation, x: f32): f32 {
  switch (a.kind) {
    case 2:
      return <f32>1 / (<f32>1 + NativeMathf.exp(-x));
    case 6:
      return a.b * (x >= 0 ? x : a.a * (NativeMathf.exp(x / a.c) - 1));
    case 7:
      return tanh(x);
    case 8:
      return max<f32>(x, 0) + NativeMathf.log(1 + NativeMathf.exp(-abs(x)));
    case 9:
      return x / (1 + abs(x));
    case 10:
      return <f32>0.5 * x * (1 + errorFunction(x * <f32>Math.SQRT1_2));
    case 11:
      return <f32>0.5 * x * (1 + tanh(<f32>0.7978845608 * (x + <f32>0.044715 * x * x * x)));
    case 12:
      return errorFunction(x);
    case 13:
      return NativeMathf.exp(x);
    case 14:
      return NativeMathf.log(x);
    default:
      return power(x, a.a);
  }
}

function tanh(x: f32): f32 {
  const size: f32 = 1 - 2 / (NativeMathf.exp(2 * abs(x)) + 1);
  return x < 0 ? -size : size;
}

function power(x: f32, exponent: f32): f32 {
  if (exponent == 2) return x * x;
  if (exponent == 3) return x * x * x;
  if (exponent == <f32>-0.5) return 1 / sqrt<f32>(x);
  const size = NativeMathf.exp(exponent * NativeMathf.log(abs(x)));
  const half = abs(exponent) * <f32>0.5;
  return x < 0 && half - floor<f32>(half) == 0.5 ? -size : size;
}

/** Abramowitz & Stegun 7.1.26: right to 1.5e-7. */
function errorFunction(x: f32): f32 {
  const t: f32 = 1 / (1 + <f32>0.3275911 * abs(x));
  const series: f32 =
    t * (<f32>0.254829592 + t * (<f32>-0.284496736 + t * (<f32>1.421413741 + t * (<f32>-1.453152027 + t * <f32>1.061405429))));
  const size: f32 = 1 - series * NativeMathf.exp(-x * x);
  return x < 0 ? -size : size;
}
