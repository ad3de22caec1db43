import { deflateSync } from 'node:zlib';
import { pngChunk } from './png-chunk.ts';

/*
 * Large pictures from little: all grey, so that files of a hundred million pixels are made at once. A JPEG's code tables
 * have one or two codes of one or two bits.
 */

const JPEG = { frame: 0xc0, progressive: 0xc2, codes: 0xc4, scan: 0xda, quantisation: 0xdb };

function segment(marker: number, ...payload: number[]): Buffer {
  const length = payload.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...payload]);
}

/** A code table with these symbols: one takes the bit 0; two take 0 and 10. */
function codeTable(kind: 'dc' | 'ac', ...symbols: number[]): Buffer {
  const counts = Array.from({ length: 16 }, (_, i) => Number(i < symbols.length));
  return segment(JPEG.codes, kind === 'dc' ? 0x00 : 0x10, ...counts, ...symbols);
}

function frame(marker: number, width: number, height: number, components: number): Buffer {
  const each = Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]).flat();
  return segment(marker, 8, height >> 8, height & 255, width >> 8, width & 255, components, ...each);
}

/** Marker SOS of some components, then its bits. */
function scan(components: readonly number[], from: number, to: number, shifts: number, bits: Buffer): Buffer {
  return Buffer.concat([
    segment(JPEG.scan, components.length, ...components.flatMap((id) => [id, 0]), from, to, shifts),
    bits,
  ]);
}

const start = Buffer.from([0xff, 0xd8]);
const end = Buffer.from([0xff, 0xd9]);
const table = segment(JPEG.quantisation, 0, ...new Array<number>(64).fill(1));
const blocksOf = (width: number, height: number) => Math.ceil(width / 8) * Math.ceil(height / 8);

/** A baseline JPEG of one grey, or of three colours at full size: two bits a block. */
export function flatJpeg(width: number, height: number, components: 1 | 3 = 1): Uint8Array {
  const all = Array.from({ length: components }, (_, i) => i + 1);
  const bits = Buffer.alloc(Math.ceil((2 * blocksOf(width, height) * components) / 8));
  const codes = [codeTable('dc', 0), codeTable('ac', 0)];
  const parts = [start, table, ...codes, frame(JPEG.frame, width, height, components), scan(all, 0, 63, 0, bits), end];
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * A progressive JPEG of three colours whose scans, after the first, hold nothing but runs of empty blocks: a hundred bytes
 * each send the decoder through all blocks of a component, `rounds` times for each of the three.
 */
export function scanBomb(width: number, height: number, rounds: number): Uint8Array {
  const blocks = blocksOf(width, height);
  // Symbol 0xe0: a run of 2^14 + (14 bits) empty blocks; here always 2^14. Code 0, then 14 zero bits.
  const runs = Buffer.alloc(Math.ceil((15 * Math.ceil(blocks / 2 ** 14)) / 8));
  const empty = [1, 2, 3].flatMap((id) =>
    Array.from({ length: rounds }, (_, round) => scan([id], 1, 63, round === 0 ? 0x01 : 0x10, runs)),
  );
  const first = scan([1, 2, 3], 0, 0, 0, Buffer.alloc(Math.ceil((3 * blocks) / 8)));
  const codes = [codeTable('dc', 0), codeTable('ac', 0xe0)];
  const parts = [start, table, ...codes, frame(JPEG.progressive, width, height, 3), first, ...empty, end];
  return new Uint8Array(Buffer.concat(parts));
}

/** A black PNG, RGBA of 16 bits by default (eight bytes a pixel, of which none is left in the file). */
export function flatPng(width: number, height: number, depth = 16, colourType = 6, interlaced = false): Uint8Array {
  const samples = { 0: 1, 2: 3, 6: 4 }[colourType]!;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, Number(interlaced)], 8);
  const row = Math.ceil((width * samples * depth) / 8) + 1;
  // An interlaced picture has up to 15 more filter bytes for eight rows, and rounds each pass up.
  const bytes = interlaced ? row * height + 64 * height : row * height;
  const pixels = deflateSync(Buffer.alloc(bytes), { level: 9 });
  const parts = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), pngChunk('IHDR', header), pngChunk('IDAT', pixels)];
  return new Uint8Array(Buffer.concat([...parts, pngChunk('IEND', new Uint8Array(0))]));
}
