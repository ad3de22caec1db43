import { SalientError } from '../../error.ts';
import { inTurns, Turns } from '../../tensor/turns.ts';
import { checkSize, overWhite, type RgbImage, reductionFor } from '../rgb-image.ts';
import { inflate } from './inflate.ts';
import { orient } from './orient.ts';
import { type Pass, type PixelWriter, Reduced, Whole } from './png-canvas.ts';
import { crc32, PNG_SIGNATURE, paeth } from './png-format.ts';
import { pngOrientation, type TextChunk } from './png-orientation.ts';

// Written after the PNG specification, third edition: https://www.w3.org/TR/png-3/
// Rows are unfiltered as they come out of the platform's own inflater, so that a file, however it was made, never takes
// more memory than its picture does.

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

interface PngFile {
  readonly header: Header;
  /** RGB triples; empty but for colour type 3. */
  readonly palette: Uint8Array;
  /** The tRNS chunk: opacity of palette entries, or the one transparent colour as big-endian 16-bit samples. */
  readonly transparency: Uint8Array;
  /** The eXIf chunk, a TIFF structure. */
  readonly exif: Uint8Array;
  readonly texts: readonly TextChunk[];
  /** The compressed picture, in the pieces in which the file holds it. */
  readonly compressed: readonly Uint8Array[];
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** By colour type: samples of a pixel, and the bit depths that may be. */
const COLOUR_TYPES: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/**
 * Decodes a PNG file of any colour type and depth, interlaced or not, to RGB. 16-bit samples are rounded to 8 bits;
 * transparent pixels are composited over white; the picture is turned upright as its EXIF orientation or XMP says; gamma and colour
 * profiles are not applied.
 *
 * A picture of more than `pixels` is reduced to a half, a quarter or an eighth, by the means of squares.
 *
 * @throws SalientError `bad-image`, `aborted`
 */
export async function decodePng(bytes: Uint8Array, pixels: number, signal?: AbortSignal): Promise<RgbImage> {
  const file = readChunks(bytes);
  const { width, height } = file.header;
  const reduction = reductionFor(width, height, pixels);
  const canvas = reduction === 1 ? new Whole(width, height) : new Reduced(width, height, reduction);
  const write = pixelWriter(file);
  const rows = rowsOf(file.header);
  const turns = new Turns(signal);
  let next = rows.next();
  let row = new Uint8Array(next.done ? 0 : next.value.bytes + 1);
  let above = new Uint8Array(row.length);
  let filled = 0;
  const failed = (cause: unknown) => damaged('its pixels cannot be decompressed', cause);
  for await (let piece of inflate(file.compressed, failed)) {
    while (!next.done && piece.length > 0) {
      const part = piece.subarray(0, row.length - filled);
      row.set(part, filled);
      filled += part.length;
      piece = piece.subarray(part.length);
      if (filled < row.length) break;
      const { pass, y, count, pixelBytes } = next.value;
      unfilter(row, above, pixelBytes);
      canvas.add(row, count, pass, y, write);
      await turns.next();
      next = rows.next();
      if (next.done) break;
      [row, above] = [above, row];
      filled = 0;
      if (next.value.y === 0) {
        row = new Uint8Array(next.value.bytes + 1);
        above = new Uint8Array(row.length);
      }
    }
    if (next.done) {
      const orientation = await pngOrientation(file.exif, file.texts);
      return inTurns(orient(await inTurns(canvas.picture(), signal), orientation), signal);
    }
  }
  throw damaged('its pixels end too early');
}

function damaged(what: string, cause?: unknown): SalientError {
  return new SalientError('bad-image', `the PNG file is damaged or truncated: ${what}; copy or export it again`, {
    cause,
  });
}

function readChunks(bytes: Uint8Array): PngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let palette = new Uint8Array(0);
  let transparency = new Uint8Array(0);
  let exif = new Uint8Array(0);
  const texts: TextChunk[] = [];
  const compressed: Uint8Array[] = [];
  let at = PNG_SIGNATURE.length;
  for (;;) {
    // A file whose last chunk is missing may still hold all of its pixels, which is found out later.
    if (at + 12 > bytes.length && compressed.length > 0) break;
    if (at + 12 > bytes.length) throw damaged(`it ends at byte ${bytes.length}, before its last chunk`);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw damaged(`it ends within a chunk (${JSON.stringify(type)})`);
    // Pixels may be many: of them there is no copy.
    const pixels = type === 'IDAT' ? bytes.subarray(at + 8, at + 8 + length) : undefined;
    const data = bytes.slice(at + 8, pixels ? at + 8 : at + 8 + length);
    // Pixels have a checksum of their own, within the compressed stream.
    if (type !== 'IDAT' && crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw damaged(`the checksum of its chunk ${JSON.stringify(type)} is wrong`);
    }
    at += 12 + length;
    if (header === undefined && type !== 'IHDR') throw damaged('it has no header');
    if (type === 'IHDR') header = readHeader(data);
    else if (type === 'PLTE') palette = data;
    else if (type === 'tRNS') transparency = data;
    else if (type === 'eXIf') exif = data;
    else if (type === 'tEXt' || type === 'zTXt' || type === 'iTXt') texts.push({ type, data });
    else if (pixels) compressed.push(pixels);
    else if (type === 'IEND') break;
    else if (/^[A-Z]/.test(type)) throw damaged(`it has an unknown critical chunk, "${type}"`);
  }
  if (header === undefined || compressed.length === 0) throw damaged('it has no pixels');
  if (header.colourType === 3 && palette.length < 3) throw damaged('it has no palette');
  return { header, palette, transparency, exif, texts, compressed };
}

function readHeader(data: Uint8Array): Header {
  if (data.length !== 13) throw damaged('its header has a wrong length');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const header: Header = {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: data[8]!,
    colourType: data[9]!,
    interlaced: data[12] === 1,
  };
  const known = COLOUR_TYPES[header.colourType]?.depths.includes(header.depth);
  if (!known) throw damaged(`there is no colour type ${header.colourType} of ${header.depth} bits`);
  if (data[10] !== 0 || data[11] !== 0 || data[12]! > 1) throw damaged('its compression or interlacing is unknown');
  checkSize(header.width, header.height);
  return header;
}

/** The rows that the compressed stream holds, in order: `count` pixels in `bytes` bytes after the filter byte. */
function* rowsOf(
  header: Header,
): Generator<{ pass: Pass; y: number; count: number; bytes: number; pixelBytes: number }> {
  const bits = COLOUR_TYPES[header.colourType]!.samples * header.depth;
  for (const pass of header.interlaced ? ADAM7 : WHOLE) {
    const count = Math.ceil((header.width - pass.x) / pass.dx);
    const height = Math.ceil((header.height - pass.y) / pass.dy);
    if (count <= 0) continue;
    for (let y = 0; y < height; y++) {
      yield { pass, y, count, bytes: Math.ceil((count * bits) / 8), pixelBytes: Math.ceil(bits / 8) };
    }
  }
}

/** Undoes a row's filter in place; byte 0 of a row names the filter. */
function unfilter(row: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const filter = row[0]!;
  if (filter > 4) throw damaged(`there is no row filter ${filter}`);
  const { length } = row;
  const first = Math.min(pixelBytes + 1, length); // where a pixel has one to its left
  if (filter === 1) for (let i = first; i < length; i++) row[i]! += row[i - pixelBytes]!;
  if (filter === 2) for (let i = 1; i < length; i++) row[i]! += above[i]!;
  if (filter === 3) {
    for (let i = 1; i < first; i++) row[i]! += above[i]! >> 1;
    for (let i = first; i < length; i++) row[i]! += (row[i - pixelBytes]! + above[i]!) >> 1;
  }
  if (filter === 4) {
    for (let i = 1; i < first; i++) row[i]! += above[i]!; // with nothing to the left, paeth chooses what is above
    for (let i = first; i < length; i++) row[i]! += paeth(row[i - pixelBytes]!, above[i]!, above[i - pixelBytes]!);
  }
}

/** How pixel number `pixel` of an unfiltered row becomes RGB at `to[at]`. */
function pixelWriter(file: PngFile): PixelWriter {
  const { depth, colourType } = file.header;
  const { samples } = COLOUR_TYPES[colourType]!;
  const sample = sampleReader(depth);
  const toByte = (value: number) => Math.round((value * 255) / (2 ** depth - 1));
  const { palette, transparency } = file;
  if (colourType === 3) {
    return (row, pixel, to, at) => {
      const entry = sample(row, pixel);
      if (3 * entry + 2 >= palette.length) throw damaged(`a pixel has colour ${entry}, which its palette lacks`);
      const alpha = transparency[entry] ?? 255;
      for (let c = 0; c < 3; c++) to[at + c] = overWhite(palette[3 * entry + c]!, alpha);
    };
  }
  const colours = samples < 3 ? 1 : 3;
  const hasAlpha = samples > colours;
  const keyed = !hasAlpha && transparency.length >= 2 * colours;
  const key = Array.from({ length: colours }, (_, c) => (transparency[2 * c]! << 8) | transparency[2 * c + 1]!);
  if (depth === 8 && !hasAlpha && !keyed) {
    const [green, blue] = colours === 3 ? [1, 2] : [0, 0];
    return (row, pixel, to, at) => {
      const first = 1 + pixel * samples;
      to[at] = row[first]!;
      to[at + 1] = row[first + green]!;
      to[at + 2] = row[first + blue]!;
    };
  }
  return (row, pixel, to, at) => {
    const first = pixel * samples;
    let alpha = hasAlpha ? toByte(sample(row, first + colours)) : 255;
    if (keyed && key.every((value, c) => value === sample(row, first + c))) alpha = 0;
    for (let c = 0; c < 3; c++) to[at + c] = overWhite(toByte(sample(row, first + (colours === 1 ? 0 : c))), alpha);
  };
}

/** Reads sample number `i` of an unfiltered row; samples of less than a byte stand with the first in the high bits. */
function sampleReader(depth: number): (row: Uint8Array, i: number) => number {
  if (depth === 8) return (row, i) => row[1 + i]!;
  if (depth === 16) return (row, i) => (row[1 + 2 * i]! << 8) | row[2 + 2 * i]!;
  const mask = (1 << depth) - 1;
  return (row, i) => {
    const bit = i * depth;
    return (row[1 + (bit >> 3)]! >> (8 - depth - (bit & 7))) & mask;
  };
}
