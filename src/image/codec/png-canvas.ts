import type { Steps } from '../../tensor/turns.ts';
import type { Reduction, RgbImage } from '../rgb-image.ts';

/** A part of a picture: pixels (x + i·dx, y + j·dy). Interlaced files (Adam7) hold seven, others one. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

/** Writes pixel number `pixel` of an unfiltered row as RGB to `to[at]`. */
export type PixelWriter = (row: Uint8Array, pixel: number, to: Uint8Array, at: number) => void;

/** Takes the rows of a file's passes. */
interface Canvas {
  /** `count` pixels of row number `y` of a pass. */
  add(row: Uint8Array, count: number, pass: Pass, y: number, write: PixelWriter): void;
  picture(): Steps<RgbImage>;
}

/** The picture as it is stored. */
export class Whole implements Canvas {
  private readonly width: number;
  private readonly height: number;
  private readonly data: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height * 3);
  }

  add(row: Uint8Array, count: number, pass: Pass, y: number, write: PixelWriter): void {
    let to = 3 * ((pass.y + y * pass.dy) * this.width + pass.x);
    for (let i = 0; i < count; i++, to += 3 * pass.dx) write(row, i, this.data, to);
  }

  // biome-ignore lint/correctness/useYield: nothing is left to do, but the other canvas has steps.
  *picture(): Steps<RgbImage> {
    return { width: this.width, height: this.height, data: this.data };
  }
}

/** The picture with a pixel for each square of `by`×`by` pixels, their mean; squares at the border may be cut. */
export class Reduced implements Canvas {
  private readonly stored: readonly [width: number, height: number];
  private readonly width: number;
  private readonly height: number;
  private readonly by: Reduction;
  /** At most 64 numbers of up to 255 each. */
  private readonly sums: Uint16Array;
  private readonly pixel = new Uint8Array(3);

  constructor(width: number, height: number, by: Reduction) {
    this.stored = [width, height];
    this.by = by;
    [this.width, this.height] = [Math.ceil(width / by), Math.ceil(height / by)];
    this.sums = new Uint16Array(this.width * this.height * 3);
  }

  add(row: Uint8Array, count: number, pass: Pass, y: number, write: PixelWriter): void {
    const { by, sums, pixel } = this;
    const line = Math.floor((pass.y + y * pass.dy) / by) * this.width;
    const shift = Math.log2(by);
    for (let i = 0; i < count; i++) {
      write(row, i, pixel, 0);
      const to = 3 * (line + ((pass.x + i * pass.dx) >> shift));
      sums[to]! += pixel[0]!;
      sums[to + 1]! += pixel[1]!;
      sums[to + 2]! += pixel[2]!;
    }
  }

  *picture(): Steps<RgbImage> {
    const { width, height, by, sums, stored } = this;
    const data = new Uint8Array(sums.length);
    for (let y = 0; y < height; y++) {
      const rows = Math.min(by, stored[1] - y * by);
      for (let x = 0; x < width; x++) {
        const count = rows * Math.min(by, stored[0] - x * by);
        const at = 3 * (y * width + x);
        for (let c = 0; c < 3; c++) data[at + c] = Math.round(sums[at + c]! / count);
      }
      yield;
    }
    return { width, height, data, reduced: by };
  }
}
