import { attenuate, focusColumns, focusDistance } from '../../src/kernels/foci/operation.ts';
import { lab } from '../../src/kernels/lab/operation.ts';
import { normalize } from '../../src/kernels/normalize/operation.ts';
import { patchSaliency } from '../../src/kernels/patch-saliency/operation.ts';
import { patchCentres, patches, sharedGrids } from '../../src/kernels/patches/operation.ts';
import { resample } from '../../src/kernels/resample/operation.ts';
import { sumPlane } from '../../src/kernels/sum-plane/operation.ts';
import { gridTable, resizeTable, tableSource } from '../../src/saliency/axis-table.ts';
import { toFloat32 } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import type { OperationCase } from './case-operands.ts';
import { randomNumbers } from './random.ts';
import type { Operand } from './run-operation.ts';

/** Every operation of a saliency map on fixed data, for every device. */
export function saliencyCases(): OperationCase[] {
  return [...imageCases(), ...patchCases(), ...crowdedCases(), ...focusCases()];
}

function operand(shape: Shape, seed: number): Operand {
  return { shape, data: randomNumbers(elementCount(shape), seed) };
}

/** Numbers in [0, 1). */
function unit(shape: Shape, seed: number): Operand {
  return { shape, data: randomNumbers(elementCount(shape), seed).map((value) => (value + 1) / 2) };
}

function* imageCases(): Generator<OperationCase> {
  for (const absolute of [false, true]) {
    yield {
      title: `sum-plane: absolute ${absolute}`,
      operation: sumPlane({ absolute }),
      operands: [operand([2, 3, 7, 9], 1)],
    };
  }
  for (const truncate of [false, true]) {
    // A quarter of a grey level away from the whole ones, where truncation would hang on the last bit.
    const colours = unit([2, 3, 9, 7], 2);
    const between = { ...colours, data: colours.data.map((value) => (Math.floor(255 * value) + 0.25) / 255) };
    yield { title: `lab: truncate ${truncate}`, operation: lab({ truncate }), operands: [between] };
  }
  for (const by of ['range', 'peak'] as const) {
    const operation = normalize({ by, tolerance: 1e-6 });
    yield { title: `normalize: by ${by}`, operation, operands: [operand([3, 41, 27], 3)] };
    yield { title: `normalize: by ${by}, one long row`, operation, operands: [operand([1, 70_001], 4)] };
    yield { title: `normalize: by ${by}, zeros`, operation, operands: [{ shape: [2, 5], data: new Float32Array(10) }] };
  }
  for (const [title, rows, columns] of [
    ['enlarging', resizeTable(12, 40), resizeTable(17, 33)],
    ['shrinking', resizeTable(12, 4), resizeTable(17, 5)],
    ['a query grid', gridTable(12, 3, 35, 50), gridTable(17, 3, 50, 80)],
  ] as const) {
    const tables = [rows, columns].map((table): Operand => {
      const source = tableSource('table', table);
      return { shape: source.shape, data: toFloat32(source), constant: true };
    });
    yield { title: `resample: ${title}`, operation: resample(), operands: [operand([2, 3, 12, 17], 5), ...tables] };
  }
}

function* patchCases(): Generator<OperationCase> {
  const images = [operand([2, 3, 23, 31], 6), operand([2, 3, 12, 16], 7)];
  for (const padding of ['reflect', 'none'] as const) {
    const operation = patches({ patch: 7, stride: 3, padding });
    yield { title: `patches: padding ${padding}`, operation, operands: images };
  }
  yield {
    title: 'patches: of an image smaller than a patch',
    operation: patches({ patch: 7, stride: 1, padding: 'reflect' }),
    operands: [operand([1, 1, 2, 3], 8)],
  };
  for (const [title, channels, height, width, nearest, patch, queryStride, candidateStride, least = 0] of [
    ['one plane', 1, 40, 44, 64, 7, 3, 3],
    ['three planes', 3, 30, 26, 64, 7, 3, 3],
    ['fewer candidates than neighbours', 1, 13, 16, 64, 7, 3, 3],
    ['the nearest alone', 2, 24, 24, 1, 7, 3, 3],
    ['many neighbours', 1, 40, 44, 100, 7, 3, 3],
    ['patches of whole strides', 2, 31, 27, 64, 9, 3, 3],
    ['every pixel', 1, 17, 19, 32, 5, 1, 1],
    ['patches side by side', 1, 45, 40, 16, 5, 5, 5],
    ['gaps between patches', 3, 45, 40, 16, 5, 6, 6],
    ['different strides', 1, 30, 34, 16, 7, 2, 3],
    ['nearly white', 1, 30, 26, 64, 7, 3, 3, 0.99],
  ] as const) {
    const queryGrid = { patch, stride: queryStride, padding: 'reflect' } as const;
    const candidateGrid = { patch, stride: candidateStride, padding: 'none' } as const;
    const image = unit([2, channels, height, width], 9);
    const half = unit([2, channels, Math.ceil(height / 2), Math.ceil(width / 2)], 10);
    for (const { data } of [image, half])
      for (const [i, value] of data.entries()) data[i] = least + (1 - least) * value;
    const rows = (grid: typeof queryGrid | typeof candidateGrid, images: readonly Operand[]): Operand[] => {
      const operation = patches(grid);
      const shapes = images.map(({ shape }) => shape);
      const [extracted] = operation.shape(shapes);
      const data = new Float32Array(elementCount(extracted!));
      operation.reference(images, [{ shape: extracted!, data }]);
      const centres = Float32Array.from(patchCentres(grid, shapes));
      return [
        { shape: extracted!, data },
        { shape: [centres.length / 2, 2], data: centres, constant: true },
      ];
    };
    const operands = [...rows(queryGrid, [image]), ...rows(candidateGrid, [image, half])];
    const grids = sharedGrids(queryGrid, image.shape, candidateGrid, [image.shape, half.shape]);
    for (const known of [undefined, grids]) {
      yield {
        title: `patch-saliency: ${title}${known ? ' in grids' : ''}`,
        operation: patchSaliency({ nearest, positionWeight: 3, ...(known ? { grids: known } : {}) }),
        operands,
      };
    }
  }
}

/**
 * Candidates of which those are alike that lie at the same 31 of 64 places: most near ones are met by few of the
 * invocations that share a row. With `equal` near ones are the same, so that many distances are.
 */
function* crowdedCases(): Generator<OperationCase> {
  const [count, length] = [1300, 9];
  for (const equal of [false, true]) {
    const candidates = unit([1, count, length], 12);
    for (let p = 0; p < count; p++) {
      const near = p % 64 < 31;
      for (let e = p * length; e < (p + 1) * length; e++) {
        candidates.data[e] = near ? 0.1 + (equal ? 0 : 0.05 * candidates.data[e]!) : 5 + candidates.data[e]!;
      }
    }
    const centres = (rows: number, seed: number) => ({ ...unit([rows, 2], seed), constant: true });
    yield {
      title: `patch-saliency: crowded places, ${equal ? 'equal' : 'different'} patches`,
      operation: patchSaliency({ nearest: 64, positionWeight: equal ? 0 : 3 }),
      operands: [unit([1, 3, length], 13), centres(3, 14), candidates, centres(count, 15)],
    };
  }
}

function* focusCases(): Generator<OperationCase> {
  const saliency = unit([3, 23, 31], 10);
  saliency.data.fill(0.5, 0, 23 * 31);
  const columns: Operand = { shape: saliency.shape, data: new Float32Array(saliency.data.length) };
  focusColumns({ threshold: 0.98 }).reference([saliency], [columns]);
  yield { title: 'focus-columns', operation: focusColumns({ threshold: 0.98 }), operands: [saliency] };
  yield { title: 'focus-distance', operation: focusDistance(), operands: [columns] };
  yield { title: 'attenuate', operation: attenuate(), operands: [saliency, unit(saliency.shape, 11)] };
}
