import type { HuffmanTable } from './jpeg-bits.ts';
import type { BlockSide, Coefficients } from './jpeg-coefficients.ts';

/** One of a picture's colour components. */
export interface Component {
  readonly id: number;
  /** Samples per unit, in each direction, relative to the other components. */
  readonly h: number;
  readonly v: number;
  readonly quantisationNumber: number;
  /** Samples that matter; the blocks reach beyond. */
  readonly width: number;
  readonly height: number;
  /** 8×8 blocks that are stored, a whole number of coding units in each direction. */
  readonly blocksX: number;
  readonly blocksY: number;
  readonly coefficients: Coefficients;
  /** As it stood when the component's first scan began. */
  quantisation: Uint16Array | undefined;
  /** Scans that went through its blocks. */
  visits: number;
}

/** What the frame header says. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly maxH: number;
  readonly maxV: number;
  /** Samples of a block's side that are made of its 8: a picture that is reduced needs fewer. */
  readonly side: BlockSide;
  readonly components: readonly Component[];
}

/** A component's part in a scan. */
export interface ScanComponent {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** What a scan header says; `low` and `high` are shifts of successive approximation, `from` and `to` zigzag positions. */
export interface Scan {
  readonly parts: readonly ScanComponent[];
  readonly from: number;
  readonly to: number;
  readonly high: number;
  readonly low: number;
  /** Coding units between restart markers; 0: there are none. */
  readonly restartInterval: number;
}

/** Zigzag position to place in the block. */
export const ZIGZAG = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
);
