import type { Constants } from '../../tensor/webgpu/shader.ts';
import type { GpuLimits } from '../../tensor/webgpu/step.ts';

/** A workgroup's share of a matrix product [M,K]·[K,N], and each invocation's share of that. */
export interface Tile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Rows (a multiple of 4) and columns of one invocation. */
  readonly registersM: number;
  readonly registersN: number;
}

/** From many rows to few: wide tiles reuse what they load, narrow ones waste no rows. */
const TILES: readonly Tile[] = [
  { m: 64, n: 64, k: 16, registersM: 8, registersN: 8 },
  { m: 32, n: 64, k: 16, registersM: 8, registersN: 4 },
  { m: 16, n: 64, k: 16, registersM: 4, registersN: 4 },
];
/** The widest: of many pixels on a GPU (up to 1.8 times as fast on an H200), of many rows where a processor plays one. */
const WIDEST = {
  hardware: { m: 64, n: 128, k: 16, registersM: 8, registersN: 8 },
  software: { m: 128, n: 64, k: 16, registersM: 8, registersN: 8 },
} as const;
/** For products so small that a wide tile would mostly wait: more workgroups, and quickly compiled. */
const SMALL_TILES: readonly Tile[] = [{ m: 8, n: 32, k: 16, registersM: 4, registersN: 1 }];
/** Multiply-adds up to which a product is small. */
const SMALL_PRODUCT = 1 << 20;
/** For so few rows that one invocation makes them all (`conv-narrow.wgsl`). */
const NARROW_TILES: readonly Tile[] = [
  { m: 8, n: 128, k: 16, registersM: 8, registersN: 2 },
  { m: 4, n: 128, k: 16, registersM: 4, registersN: 2 },
];
const NARROW_ROWS = 8;

/** Whether each invocation makes all rows of its columns, so that nothing is shared in the workgroup. */
export const isNarrow = ({ m, registersM }: Tile): boolean => m === registersM;

/** Workgroups that keep a large GPU busy; fewer are multiplied by splitting the sum over K. */
const ENOUGH_WORKGROUPS = 256;
/** Steps of a tile below which a split is not worth its second pass. */
const LEAST_STEPS = 16;

export function invocations({ m, n, registersM, registersN }: Tile): number {
  return (m / registersM) * (n / registersN);
}

/** The tile for a product [rows, depth]·[depth, columns]: the widest that pads it least. */
export function chooseTile(rows: number, columns: number, depth: number, limits: GpuLimits): Tile {
  const cost = ({ m, n }: Tile) => Math.ceil(rows / m) * m * Math.ceil(columns / n) * n;
  // Wider tiles are so much faster that a quarter more padding is worth it.
  const small = rows * columns * depth <= SMALL_PRODUCT;
  const tiles = [limits.software ? WIDEST.software : WIDEST.hardware, ...TILES];
  const usable = (rows <= NARROW_ROWS ? NARROW_TILES : small ? SMALL_TILES : tiles).filter(
    (tile) => isNarrow(tile) || fits(tile, limits),
  );
  const least = Math.min(...usable.map(cost));
  return usable.find((tile) => cost(tile) <= 1.25 * least) ?? usable.at(-1)!;
}

/**
 * For products of matrices that are no images, which may have few columns (the late layers in Winograd's algorithm, a
 * batch's samples): from large to small.
 */
const PRODUCT_TILES: readonly Tile[] = [
  { m: 64, n: 32, k: 16, registersM: 8, registersN: 4 },
  { m: 32, n: 64, k: 16, registersM: 8, registersN: 4 },
  { m: 32, n: 32, k: 16, registersM: 4, registersN: 4 },
  { m: 64, n: 16, k: 16, registersM: 8, registersN: 4 },
  { m: 32, n: 16, k: 16, registersM: 4, registersN: 4 },
];

/**
 * The largest: on a GPU more invocations of fewer registers hide what each waits for (1.1 to 1.4 times as fast on an
 * H200); where a processor plays one, fewer loads count (1.2 times as fast on SwiftShader).
 */
const LARGEST = {
  hardware: { m: 64, n: 64, k: 16, registersM: 8, registersN: 4 },
  software: { m: 64, n: 64, k: 16, registersM: 8, registersN: 8 },
} as const;

/** The tile for products [rows, …]·[…, columns]: the largest that pads nearly as little as the best. */
export function chooseProductTile(rows: number, columns: number, limits: GpuLimits): Tile {
  const cost = ({ m, n }: Tile) => Math.ceil(rows / m) * m * Math.ceil(columns / n) * n;
  const tiles = [limits.software ? LARGEST.software : LARGEST.hardware, ...PRODUCT_TILES];
  const usable = tiles.filter((tile) => fits(tile, limits));
  const least = Math.min(...usable.map(cost));
  return usable.find((tile) => cost(tile) <= 1.25 * least)!;
}

/** Constants of the shaders that multiply two matrices in tiles, with vectors of both in registers. */
export function productConstants(tile: Tile): Constants {
  const { m, n, k, registersM, registersN } = tile;
  return {
    TILE_M: m,
    TILE_N: n,
    TILE_K: k,
    REG_M4: registersM / 4,
    REG_N4: registersN / 4,
    REGISTERS: (registersM * registersN) / 4,
    THREADS: invocations(tile),
  };
}

/** What `gemm.wgsl` adds to the rows of its tiles; the others have that little to spare. */
const PADDING = 8;

/** Whether the workgroup memory and the invocations of a tile are within the limits. */
function fits(tile: Tile, limits: GpuLimits): boolean {
  return (
    4 * (tile.m + tile.n + PADDING) * tile.k <= limits.maxComputeWorkgroupStorageSize &&
    invocations(tile) <= limits.maxComputeInvocationsPerWorkgroup
  );
}

/** Into how many parts the sum over `depth` is split, so that `workgroups` become enough. */
export function chooseSplits(workgroups: number, depth: number, tile: Tile): number {
  const wanted = Math.ceil(ENOUGH_WORKGROUPS / workgroups);
  return Math.max(1, Math.min(wanted, Math.floor(depth / (tile.k * LEAST_STEPS)), 16));
}
