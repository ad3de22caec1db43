import type { Steps } from '../../tensor/turns.ts';
import { BadBits, BitReader, type HuffmanTable } from './jpeg-bits.ts';
import { type Frame, type Scan, type ScanComponent, ZIGZAG } from './jpeg-frame.ts';

/**
 * Decodes one scan into its components' coefficients (ITU-T T.81, annexes F and G), a row of coding units a step, and
 * returns where the bytes go on.
 *
 * @throws BadBits
 */
export function* decodeScan(bytes: Uint8Array, start: number, frame: Frame, scan: Scan): Steps<number> {
  const reader = new BitReader(bytes, start);
  const decoder = new ScanDecoder(reader, frame.progressive, scan);
  const only = scan.parts.length === 1 ? scan.parts[0]! : undefined;
  // A scan of one component holds just the blocks that matter; a scan of several holds units of h×v blocks of each.
  const unitsX = only ? Math.ceil(only.component.width / 8) : Math.ceil(frame.width / (8 * frame.maxH));
  const unitsY = only ? Math.ceil(only.component.height / 8) : Math.ceil(frame.height / (8 * frame.maxV));
  let untilRestart = scan.restartInterval;
  for (let unitY = 0; unitY < unitsY; unitY++) {
    for (let unitX = 0; unitX < unitsX; unitX++) {
      if (scan.restartInterval > 0 && untilRestart-- === 0) {
        reader.restart();
        decoder.reset();
        untilRestart = scan.restartInterval - 1;
      }
      scan.parts.forEach((part, i) => {
        const { h, v, blocksX } = part.component;
        const across = only ? 1 : h;
        const down = only ? 1 : v;
        for (let y = unitY * down; y < (unitY + 1) * down; y++) {
          for (let x = unitX * across; x < (unitX + 1) * across; x++) decoder.block(part, i, y * blocksX + x);
        }
      });
    }
    yield;
  }
  return reader.position;
}

class ScanDecoder {
  private readonly reader: BitReader;
  private readonly progressive: boolean;
  private readonly scan: Scan;
  /** The last DC coefficient of each component. */
  private readonly predictions: Int32Array;
  /** Blocks to come that have no more coefficients in this scan. */
  private emptyBlocks = 0;

  constructor(reader: BitReader, progressive: boolean, scan: Scan) {
    this.reader = reader;
    this.progressive = progressive;
    this.scan = scan;
    this.predictions = new Int32Array(scan.parts.length);
  }

  reset(): void {
    this.predictions.fill(0);
    this.emptyBlocks = 0;
  }

  /** Decodes what the scan holds of a component's block. */
  block(part: ScanComponent, partNumber: number, number: number): void {
    const { from, high } = this.scan;
    if (this.emptyBlocks > 0 && (high === 0 || part.component.coefficients.isFlat(number))) {
      this.emptyBlocks--;
      return;
    }
    part.component.coefficients.change(number, (coefficients, at) => {
      if (!this.progressive) {
        this.dc(part, partNumber, coefficients, at);
        this.ac(coefficients, tableOf(part.ac), at, 1, 63);
      } else if (from === 0) {
        if (high === 0) this.dc(part, partNumber, coefficients, at);
        else if (this.reader.bits(1) === 1) coefficients[at]! |= 1 << this.scan.low;
      } else if (high === 0) this.ac(coefficients, tableOf(part.ac), at, from, this.scan.to);
      else this.refineAc(coefficients, tableOf(part.ac), at);
    });
  }

  private dc(part: ScanComponent, partNumber: number, coefficients: Int16Array, at: number): void {
    const length = this.reader.symbol(tableOf(part.dc));
    if (length > 15) throw new BadBits('a coefficient is too large');
    this.predictions[partNumber]! += this.reader.signed(length);
    coefficients[at] = this.predictions[partNumber]! * (1 << this.scan.low);
  }

  private ac(coefficients: Int16Array, table: HuffmanTable, at: number, from: number, to: number): void {
    for (let k = from; k <= to; k++) {
      const symbol = this.reader.symbol(table);
      const run = symbol >> 4;
      const length = symbol & 15;
      if (length === 0 && run < 15) {
        // Only progressive files have runs of blocks; elsewhere any such symbol ends its own block.
        if (this.progressive) this.emptyBlocks = this.runOfBlocks(run) - 1;
        return;
      }
      k += run;
      if (k > to) throw new BadBits('a run of zeros is too long');
      if (length > 0) coefficients[at + ZIGZAG[k]!] = this.reader.signed(length) * (1 << this.scan.low);
    }
  }

  /** Adds one more bit to the coefficients that are known, and those that become ±1 in this place (G.1.2.3). */
  private refineAc(coefficients: Int16Array, table: HuffmanTable, at: number): void {
    const { from, to, low } = this.scan;
    let k = from;
    while (this.emptyBlocks === 0 && k <= to) {
      const symbol = this.reader.symbol(table);
      let run = symbol >> 4;
      const length = symbol & 15;
      if (length > 1) throw new BadBits('a refinement is larger than one bit');
      if (length === 0 && run < 15) {
        this.emptyBlocks = this.runOfBlocks(run);
        break;
      }
      const value = length === 0 ? 0 : (this.reader.bits(1) === 1 ? 1 : -1) * (1 << low);
      for (; k <= to; k++) {
        const place = at + ZIGZAG[k]!;
        if (coefficients[place] !== 0) this.refine(coefficients, place);
        else if (run-- === 0) {
          coefficients[place] = value;
          break;
        }
      }
      k++;
    }
    if (this.emptyBlocks === 0) return;
    for (; k <= to; k++) if (coefficients[at + ZIGZAG[k]!] !== 0) this.refine(coefficients, at + ZIGZAG[k]!);
    this.emptyBlocks--;
  }

  private refine(coefficients: Int16Array, place: number): void {
    if (this.reader.bits(1) === 0) return;
    coefficients[place]! += coefficients[place]! > 0 ? 1 << this.scan.low : -(1 << this.scan.low);
  }

  /** How many blocks, this one included, have no more coefficients; beyond one only in progressive files. */
  private runOfBlocks(run: number): number {
    return run === 0 ? 1 : (1 << run) + this.reader.bits(run);
  }
}

function tableOf(table: HuffmanTable | undefined): HuffmanTable {
  if (!table) throw new BadBits('a scan lacks its code table');
  return table;
}
