import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import type { Shape } from '../../tensor/tensor.ts';
import type { Window } from '../../tensor/window.ts';
import type {
  AverageAttributes,
  AverageTransposeAttributes,
  PoolAttributes,
  PoolTransposeAttributes,
} from './attributes.ts';
import { planAveragePool, planAveragePoolTranspose, planMaxPool, planMaxPoolTranspose } from './wasm.ts';
import {
  dispatchAveragePool,
  dispatchAveragePoolTranspose,
  dispatchMaxPool,
  dispatchMaxPoolTranspose,
} from './webgpu.ts';

export type * from './attributes.ts';

/** Positions that float32, in which devices keep winners, tells apart. */
const MOST_POSITIONS = 2 ** 24;

/**
 * Max pooling. Input x [N,C,H,W]; outputs y [N,C,H',W'] and the winners [N,C,H',W']: the index h·W+w of each window's
 * maximum, the first in row-major order. Padding never wins.
 */
export function maxPool(attributes: PoolAttributes): Operation {
  return {
    name: 'max-pool',
    attributes: { ...attributes },
    shape([x]) {
      const [height, width] = x!.slice(2) as [number, number];
      if (height * width > MOST_POSITIONS) {
        throw new SalientError(
          'unsupported',
          `max pooling of ${height}×${width} pixels: winners are kept for at most ${MOST_POSITIONS}; make the image smaller`,
        );
      }
      return [pooledShape(x!, attributes), pooledShape(x!, attributes)];
    },
    reference([x], [y, winners]) {
      forEachWindow(attributes, x!.shape, (plane, index, positions) => {
        let winner = positions[0]!;
        for (const position of positions) {
          if (x!.data[plane + position]! > x!.data[plane + winner]!) winner = position;
        }
        y!.data[index] = x!.data[plane + winner]!;
        winners!.data[index] = winner;
      });
    },
    wasm: (step) => planMaxPool(step, attributes),
    webgpu: (step) => dispatchMaxPool(step, attributes),
  };
}

/**
 * Winner takes all: each window's relevance goes to its winner; where windows overlap, it accumulates.
 * Inputs R [N,C,H',W'], winners [N,C,H',W']; output [N,C,H,W].
 */
export function maxPoolTranspose(attributes: PoolTransposeAttributes): Operation {
  const { spatial } = attributes;
  return {
    name: 'max-pool-transpose',
    attributes: { ...attributes },
    shape: ([relevance]) => [[relevance![0]!, relevance![1]!, ...spatial]],
    reference([relevance, winners], [output]) {
      output!.data.fill(0);
      const windows = attributes.output[0] * attributes.output[1];
      const plane = spatial[0] * spatial[1];
      for (let i = 0; i < relevance!.data.length; i++) {
        output!.data[Math.floor(i / windows) * plane + winners!.data[i]!]! += relevance!.data[i]!;
      }
    },
    wasm: (step) => planMaxPoolTranspose(step, attributes),
    webgpu: (step) => dispatchMaxPoolTranspose(step, attributes),
  };
}

/** Average pooling. Input x [N,C,H,W]; output [N,C,H',W']. */
export function averagePool(attributes: AverageAttributes): Operation {
  return {
    name: 'average-pool',
    attributes: { ...attributes },
    shape: ([x]) => [pooledShape(x!, attributes)],
    reference([x], [y]) {
      forEachWindow(attributes, x!.shape, (plane, index, positions, padded) => {
        let sum = 0;
        for (const position of positions) sum += x!.data[plane + position]!;
        y!.data[index] = sum / divisorOf(attributes, positions.length, padded);
      });
    },
    wasm: (step) => planAveragePool(step, attributes),
    webgpu: (step) => dispatchAveragePool(step, attributes),
  };
}

/** The transpose of {@link averagePool}. Inputs s [N,C,H',W'], a where `product`; output [N,C,H,W]. */
export function averagePoolTranspose(attributes: AverageTransposeAttributes): Operation {
  const { spatial, product } = attributes;
  return {
    name: 'average-pool-transpose',
    attributes: { ...attributes },
    shape: ([s]) => [[s![0]!, s![1]!, ...spatial]],
    reference([s, a], [output]) {
      output!.data.fill(0);
      forEachWindow(attributes, output!.shape, (plane, index, positions, padded) => {
        const share = s!.data[index]! / divisorOf(attributes, positions.length, padded);
        for (const position of positions) output!.data[plane + position]! += share;
      });
      if (product) for (let i = 0; i < a!.data.length; i++) output!.data[i]! *= a!.data[i]!;
    },
    wasm: (step) => planAveragePoolTranspose(step, attributes),
    webgpu: (step) => dispatchAveragePoolTranspose(step, attributes),
  };
}

function divisorOf({ divisor }: AverageAttributes, inside: number, padded: number): number {
  return { inside, padded, one: 1 }[divisor];
}

function pooledShape(x: Shape, { output }: PoolAttributes): number[] {
  return [x[0]!, x[1]!, ...output];
}

/**
 * Visits every window of every plane: the plane's first element, the window's index in the output, the positions
 * h·W+w of its taps inside the image in row-major order, and the number of its taps inside the padded image.
 */
function forEachWindow(
  { window, output }: PoolAttributes,
  [batch, channels, height, width]: Shape,
  visit: (plane: number, index: number, positions: readonly number[], padded: number) => void,
): void {
  const windows = output[0] * output[1];
  for (let y = 0; y < output[0]; y++) {
    const rows = taps(window, 0, y, height!);
    for (let x = 0; x < output[1]; x++) {
      const columns = taps(window, 1, x, width!);
      const positions = rows.inside.flatMap((row) => columns.inside.map((column) => row * width! + column));
      for (let plane = 0; plane < batch! * channels!; plane++) {
        const index = plane * windows + y * output[1] + x;
        visit(plane * height! * width!, index, positions, rows.padded * columns.padded);
      }
    }
  }
}

/** Coordinates of a window's taps inside the image, and how many lie inside the padded image. */
function taps(window: Window, axis: 0 | 1, index: number, extent: number): { inside: number[]; padded: number } {
  const first = index * window.strides[axis] - window.pads[axis];
  const end = extent + window.pads[axis === 0 ? 2 : 3];
  const all = Array.from({ length: window.kernel[axis] }, (_, tap) => first + tap * window.dilations[axis]);
  return {
    inside: all.filter((coordinate) => coordinate >= 0 && coordinate < extent),
    padded: all.filter((coordinate) => coordinate < end).length,
  };
}
