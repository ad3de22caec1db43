/*
 * What the rungs compute, and what they are compared with: a convolution of 3×3, its way back, and distances of patches,
 * of the same pseudo-random numbers everywhere; the truth by plain loops in float64.
 */

export interface ConvProblem {
  readonly channels: number;
  /** Of the output; whole multiples of 4. */
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  /** [channels, height, width] */
  readonly image: Float32Array<ArrayBuffer>;
  /** [outputs, channels, 3, 3] */
  readonly weights: Float32Array<ArrayBuffer>;
}

/** Squared distances of all columns to all. */
export interface PatchProblem {
  /** Whole multiples of 64. */
  readonly patches: number;
  /** Whole multiples of 7. */
  readonly length: number;
  /** [length, patches] */
  readonly columns: Float32Array<ArrayBuffer>;
}

/** Pseudo-random numbers in [−1, 1). */
export function noise(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** VGG-16's second block has such a layer, with twice the height and width. */
export function convProblem(channels = 64, outputs = 64, height = 56, width = 56): ConvProblem {
  const image = noise(channels * height * width, 1);
  const weights = noise(outputs * channels * 9, 2);
  return { channels, outputs, height, width, image, weights };
}

/** Patches as an SR map has them: 7×7 of three planes in [0, 1]; every second one is nearly the one before it. */
export function patchProblem(patches = 1024, length = 147): PatchProblem {
  const columns = noise(patches * length, 3).map((value) => (value + 1) / 2);
  for (let at = 1; at < columns.length; at += 2) columns[at] = columns[at - 1]! + 1e-4 * columns[at]!;
  return { patches, length, columns };
}

/** Products and sums of the definition. */
export function operations(problem: ConvProblem | PatchProblem): number {
  if ('patches' in problem) return 3 * problem.patches ** 2 * problem.length;
  const { channels, outputs, height, width } = problem;
  return 2 * 9 * channels * outputs * height * width;
}

/** [outputs, height, width] in float64, and for each number the sum of its products' magnitudes. */
export function convTruth(problem: ConvProblem): { sums: Float64Array; magnitudes: Float64Array } {
  const { channels, outputs, height, width, image, weights } = problem;
  const sums = new Float64Array(outputs * height * width);
  const magnitudes = new Float64Array(sums.length);
  for (let k = 0; k < outputs; k++) {
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < 9; tap++) {
        const weight = weights[(k * channels + c) * 9 + tap]!;
        const [i, j] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
        for (let y = Math.max(0, -i); y < Math.min(height, height - i); y++) {
          for (let x = Math.max(0, -j); x < Math.min(width, width - j); x++) {
            const product = weight * image[(c * height + y + i) * width + x + j]!;
            sums[(k * height + y) * width + x]! += product;
            magnitudes[(k * height + y) * width + x]! += Math.abs(product);
          }
        }
      }
    }
  }
  return { sums, magnitudes };
}

/** [patches, patches] in float64. */
export function patchTruth({ patches, length, columns }: PatchProblem): Float64Array {
  const sums = new Float64Array(patches * patches);
  for (let l = 0; l < length; l++) {
    const row = Float64Array.from(columns.subarray(l * patches, (l + 1) * patches));
    for (let q = 0; q < patches; q++) {
      for (let p = 0; p < patches; p++) sums[q * patches + p]! += (row[q]! - row[p]!) ** 2;
    }
  }
  return sums;
}

/** The convolution whose result is the way back of this one: channels change sides, and each kernel is turned by half. */
export function wayBack(problem: ConvProblem): ConvProblem {
  const { channels, outputs, height, width, weights } = problem;
  const turned = new Float32Array(weights.length);
  for (let k = 0; k < outputs; k++) {
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < 9; tap++) {
        turned[(c * outputs + k) * 9 + 8 - tap] = weights[(k * channels + c) * 9 + tap]!;
      }
    }
  }
  const image = noise(outputs * height * width, 4);
  return { channels: outputs, outputs: channels, height, width, image, weights: turned };
}

/** An image [c, h, w] with zeros around it, and enough of them behind it that no rung need ask: [c, rows, stride]. */
export function padded({ channels, height, width, image }: ConvProblem): {
  rows: number;
  stride: number;
  data: Float32Array<ArrayBuffer>;
} {
  const [rows, stride] = [height + 4, 4 * Math.ceil(width / 4) + 4];
  const data = new Float32Array(channels * rows * stride);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const from = (c * height + y) * width;
      data.set(image.subarray(from, from + width), (c * rows + y + 1) * stride + 1);
    }
  }
  return { rows, stride, data };
}

/** Weights [k, c, 9] as [c, 9, k], with zeros up to whole tiles of 64 behind the last. */
export function packed({ channels, outputs, weights }: ConvProblem): Float32Array<ArrayBuffer> {
  const data = new Float32Array(channels * 9 * outputs + 64);
  for (let k = 0; k < outputs; k++) {
    for (let row = 0; row < channels * 9; row++) data[row * outputs + k] = weights[k * channels * 9 + row]!;
  }
  return data;
}

/** Weights [k, c, 3, 3] as Winograd's U = G w Gᵀ [16, c, k]. */
export function transformed({ channels, outputs, weights }: ConvProblem): Float32Array<ArrayBuffer> {
  const data = new Float32Array(16 * channels * outputs + 64);
  const half = ([a, b, c]: readonly number[]) => [a!, (a! + b! + c!) / 2, (a! - b! + c!) / 2, c!];
  for (let k = 0; k < outputs; k++) {
    for (let c = 0; c < channels; c++) {
      const w = weights.subarray((k * channels + c) * 9, (k * channels + c + 1) * 9);
      const columns = [0, 1, 2].map((j) => half([w[j]!, w[3 + j]!, w[6 + j]!]));
      for (let i = 0; i < 4; i++) {
        const row = half(columns.map((column) => column[i]!));
        for (let j = 0; j < 4; j++) data[((4 * i + j) * channels + c) * outputs + k] = row[j]!;
      }
    }
  }
  return data;
}
