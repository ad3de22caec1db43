// The inverse discrete cosine transform of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in 13-bit fixed point, with
// the roundings of the Independent JPEG Group's accurate integer version, so that pixels equal those of other programs.

const POINT = 13;
/** Bits that are kept behind the point between the two passes. */
const EXTRA = 2;
const fixed = (value: number) => Math.round(value * 2 ** POINT);

const C_0_298 = fixed(0.298631336);
const C_0_390 = fixed(0.390180644);
const C_0_541 = fixed(0.5411961);
const C_0_765 = fixed(0.765366865);
const C_0_899 = fixed(0.899976223);
const C_1_175 = fixed(1.175875602);
const C_1_501 = fixed(1.50132111);
const C_1_847 = fixed(1.847759065);
const C_1_961 = fixed(1.96157056);
const C_2_053 = fixed(2.053119869);
const C_2_562 = fixed(2.562915447);
const C_3_072 = fixed(3.072711026);

const work = new Int32Array(64);

/**
 * Turns a block's coefficients (`at` in `coefficients`, row by row, to be multiplied by `quantisation`) into a square of
 * samples at `to` in a plane.
 */
type InverseTransform = (
  coefficients: Int16Array,
  at: number,
  quantisation: Uint16Array,
  plane: Uint8Array,
  to: number,
  stride: number,
) => void;

/** 64 coefficients into 8×8 samples. */
export const inverseDct: InverseTransform = (coefficients, at, quantisation, plane, to, stride) => {
  for (let i = 0; i < 64; i++) work[i] = coefficients[at + i]! * quantisation[i]!;
  for (let column = 0; column < 8; column++) transform(column, 8, POINT - EXTRA);
  for (let row = 0; row < 8; row++) {
    transform(8 * row, 1, POINT + EXTRA + 3);
    for (let x = 0; x < 8; x++) plane[to + row * stride + x] = Math.min(Math.max(work[8 * row + x]! + 128, 0), 255);
  }
};

/**
 * Like {@link inverseDct}, for a reduced picture: side×side samples a block, by the inverse transform of that many points.
 * The mean of a block stays, and what is finer than the samples is left out. `coefficients` holds side·side a block.
 */
export function reducedInverseDct(side: 1 | 2 | 4): InverseTransform {
  // basis[x][u]: of the orthonormal transform of `side` points, and what turns the scale of 8 points into theirs.
  const scale = Math.sqrt(side / 8);
  const basis = Array.from({ length: side }, (_, x) =>
    Array.from({ length: side }, (_, u) => {
      const norm = Math.sqrt((u === 0 ? 1 : 2) / side);
      return scale * norm * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * side));
    }),
  );
  const rows = new Float64Array(side * side);
  return (coefficients, at, quantisation, plane, to, stride) => {
    for (let v = 0; v < side; v++) {
      for (let x = 0; x < side; x++) {
        let sum = 0;
        for (let u = 0; u < side; u++)
          sum += basis[x]![u]! * coefficients[at + side * v + u]! * quantisation[8 * v + u]!;
        rows[side * v + x] = sum;
      }
    }
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        let sum = 128;
        for (let v = 0; v < side; v++) sum += basis[y]![v]! * rows[side * v + x]!;
        plane[to + y * stride + x] = Math.min(Math.max(Math.round(sum), 0), 255);
      }
    }
  };
}

/** One pass over eight numbers of `work`, `step` apart from `at` on, in place; rounds off `shift` bits. */
function transform(at: number, step: number, shift: number): void {
  const x0 = work[at]!;
  const x1 = work[at + step]!;
  const x2 = work[at + 2 * step]!;
  const x3 = work[at + 3 * step]!;
  const x4 = work[at + 4 * step]!;
  const x5 = work[at + 5 * step]!;
  const x6 = work[at + 6 * step]!;
  const x7 = work[at + 7 * step]!;

  const rotation = (x2 + x6) * C_0_541;
  const low = rotation - x6 * C_1_847;
  const high = rotation + x2 * C_0_765;
  const sum = (x0 + x4) * 2 ** POINT;
  const difference = (x0 - x4) * 2 ** POINT;

  const both = (x7 + x3 + x5 + x1) * C_1_175;
  const z1 = (x7 + x1) * -C_0_899;
  const z2 = (x5 + x3) * -C_2_562;
  const z3 = (x7 + x3) * -C_1_961 + both;
  const z4 = (x5 + x1) * -C_0_390 + both;
  const odd0 = x7 * C_0_298 + z1 + z3;
  const odd1 = x5 * C_2_053 + z2 + z4;
  const odd2 = x3 * C_3_072 + z2 + z3;
  const odd3 = x1 * C_1_501 + z1 + z4;

  const half = 1 << (shift - 1);
  work[at] = (sum + high + odd3 + half) >> shift;
  work[at + 7 * step] = (sum + high - odd3 + half) >> shift;
  work[at + step] = (difference + low + odd2 + half) >> shift;
  work[at + 6 * step] = (difference + low - odd2 + half) >> shift;
  work[at + 2 * step] = (difference - low + odd1 + half) >> shift;
  work[at + 5 * step] = (difference - low - odd1 + half) >> shift;
  work[at + 3 * step] = (sum - high + odd0 + half) >> shift;
  work[at + 4 * step] = (sum - high - odd0 + half) >> shift;
}
