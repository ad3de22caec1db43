/*
 * What is kept of a component's coefficients while its scans are read. A reduced picture is made of the lowest side×side
 * frequencies of each block; the others need not be kept, but for one bit that says whether they are zero, since a scan
 * of a progressive file that refines coefficients has bits for those that are not.
 */

/** Samples that a block's side of 8 becomes. */
export type BlockSide = 1 | 2 | 4 | 8;

export class Coefficients {
  readonly side: BlockSide;
  /** side·side numbers a block, row by row. */
  readonly kept: Int16Array;
  /** Where not all are kept: a bit for each of a block's 64, 1 where it is not zero. */
  private readonly nonZero: Uint32Array;
  private readonly block = new Int16Array(64);

  constructor(blocks: number, side: BlockSide, progressive: boolean) {
    this.side = side;
    this.kept = new Int16Array(side * side * blocks);
    this.nonZero = new Uint32Array(progressive && side < 8 ? 2 * blocks : 0);
  }

  /** Whether all of a block's coefficients but the first are zero: then a scan that refines them has no bits for it. */
  isFlat(number: number): boolean {
    if (this.side < 8) return ((this.nonZero[2 * number]! & ~1) | this.nonZero[2 * number + 1]!) === 0;
    for (let i = 64 * number + 1; i < 64 * (number + 1); i++) if (this.kept[i] !== 0) return false;
    return true;
  }

  /**
   * Lets a decoder change the 64 coefficients of a block, which stand at `at` of the array that it is given. Of those that
   * are not kept only whether they are zero is right.
   */
  change(number: number, decode: (coefficients: Int16Array, at: number) => void): void {
    if (this.side === 8) {
      decode(this.kept, 64 * number);
      return;
    }
    const { side, kept, block, nonZero } = this;
    const first = side * side * number;
    block.fill(0);
    if (nonZero.length > 0) {
      for (let i = 0; i < 64; i++) block[i] = (nonZero[2 * number + (i >> 5)]! >>> (i & 31)) & 1;
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) block[8 * y + x] = kept[first + side * y + x]!;
    }
    decode(block, 0);
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) kept[first + side * y + x] = block[8 * y + x]!;
    if (nonZero.length === 0) return;
    for (let half = 0; half < 2; half++) {
      let bits = 0;
      for (let i = 0; i < 32; i++) if (block[32 * half + i] !== 0) bits |= 1 << i;
      nonZero[2 * number + half] = bits;
    }
  }
}
