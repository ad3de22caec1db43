import { SalientError } from '../../error.ts';
import type { Steps } from '../../tensor/turns.ts';
import { checkSize, type RgbImage, reductionFor } from '../rgb-image.ts';
import { BadBits, type HuffmanTable, huffmanTable } from './jpeg-bits.ts';
import { type BlockSide, Coefficients } from './jpeg-coefficients.ts';
import { type Component, type Frame, type Scan, ZIGZAG } from './jpeg-frame.ts';
import { framePixels, type JpegColours } from './jpeg-pixels.ts';
import { decodeScan } from './jpeg-scan.ts';
import { type JpegSegment, JPEG_MARKERS as MARKER, nextSegment } from './jpeg-segments.ts';

/** Scans that go through one component's blocks, at most; programs write up to ten. */
const MOST_VISITS = 24;

/**
 * Blocks that may be gone through, over all scans: so many in any file (a second's work), and so many more for each of its
 * bytes. A white page of 100 million pixels in the usual ten scans takes two bits a block, nineteen visits a byte; a
 * file that is made to keep us busy has scans of a few bytes that go through all blocks.
 */
const BLOCKS_FREE = 8_000_000;
const BLOCKS_PER_BYTE = 32;

/** More scans than any program writes; a file of very many tiny ones would keep us busy for hours. */
const MOST_SCANS = 256;

/** What the segments so far have said. */
interface State {
  frame: Frame | undefined;
  readonly quantisations: (Uint16Array | undefined)[];
  /** Tables for DC at 0 to 3, for AC at 16 to 19, as files number them. */
  readonly codes: (HuffmanTable | undefined)[];
  restartInterval: number;
  /** Blocks that the scans have gone through. */
  blocks: number;
  /** The most pixels to make. */
  readonly pixels: number;
  jfif: boolean;
  /** The Adobe segment's colour transform: 0 none, 1 YCbCr, 2 YCCK. */
  adobe: number | undefined;
}

/**
 * Decodes a JPEG file (ITU-T T.81: baseline, extended or progressive with Huffman codes, 8 bits; grey, YCbCr, RGB, CMYK
 * or YCCK) to RGB, as stored: not turned upright. Pixels equal those of the Independent JPEG Group's decoder with its
 * accurate integer transform, which is what most programs use, Pillow among them. A picture of more than `pixels` is
 * reduced to a half, a quarter or an eighth, by inverse transforms of fewer points.
 *
 * @throws SalientError `bad-image`
 */
export function* decodeJpeg(bytes: Uint8Array, pixels: number): Steps<RgbImage> {
  const state: State = {
    frame: undefined,
    quantisations: [],
    codes: [],
    restartInterval: 0,
    blocks: 0,
    pixels,
    jfif: false,
    adobe: undefined,
  };
  try {
    yield* readSegments(bytes, state);
  } catch (error) {
    if (error instanceof BadBits) throw damaged(error.message, error);
    throw error;
  }
  const { frame } = state;
  if (!frame?.components.every((component) => component.quantisation)) throw damaged('it ends before its pixels');
  return yield* framePixels(frame, coloursOf(frame, state));
}

function damaged(what: string, cause?: unknown): SalientError {
  return new SalientError('bad-image', `the JPEG file is damaged or truncated: ${what}; copy or export it again`, {
    cause,
  });
}

function* readSegments(bytes: Uint8Array, state: State): Steps<void> {
  let at = 2;
  for (let scans = 0; ; ) {
    const segment = nextSegment(bytes, at);
    if (!segment) {
      // Some cameras forget the end marker. Then nothing says whether a progressive file is whole.
      if (state.frame && !state.frame.progressive) return;
      throw damaged(`it ends at byte ${bytes.length}, before its last scan`);
    }
    if (segment.marker === MARKER.endOfImage) return;
    at = segment.end;
    if (segment.marker === MARKER.startOfScan) {
      if (++scans > MOST_SCANS) throw damaged(`it has more than ${MOST_SCANS} scans`);
      if (!state.frame) throw damaged('a scan comes before the frame header');
      const scan = readScan(segment.payload, state.frame, state);
      for (const { component } of scan.parts) state.blocks += component.blocksX * component.blocksY;
      if (state.blocks > BLOCKS_FREE + BLOCKS_PER_BYTE * bytes.length) {
        throw damaged(`its ${bytes.length} bytes go through ${state.blocks} blocks of pixels`);
      }
      at = yield* decodeScan(bytes, at, state.frame, scan);
    } else readSegment(segment, state, bytes.length);
  }
}

function readSegment({ marker, payload }: JpegSegment, state: State, fileLength: number): void {
  if (marker === MARKER.quantisation) readQuantisations(payload, state);
  else if (marker === MARKER.huffman) readCodes(payload, state);
  else if (marker === MARKER.restartInterval) state.restartInterval = (payload[0]! << 8) | payload[1]!;
  else if (marker === MARKER.app0) state.jfif ||= startsWith(payload, 'JFIF');
  else if (marker === MARKER.app14 && startsWith(payload, 'Adobe')) state.adobe = payload[11];
  else if (marker >= 0xc0 && marker <= 0xcf && marker !== MARKER.arithmetic && marker !== MARKER.reserved) {
    if (state.frame) throw damaged('it has two frame headers');
    state.frame = readFrame(marker, payload, fileLength, state.pixels);
  }
}

function startsWith(payload: Uint8Array, text: string): boolean {
  return String.fromCharCode(...payload.subarray(0, text.length)) === text;
}

function readQuantisations(payload: Uint8Array, state: State): void {
  for (let at = 0; at < payload.length; ) {
    const wide = payload[at]! >> 4 !== 0;
    const table = new Uint16Array(64);
    const next = at + 1 + (wide ? 128 : 64);
    if (next > payload.length) throw damaged('a quantisation table is too short');
    for (let k = 0; k < 64; k++) {
      table[ZIGZAG[k]!] = wide ? (payload[at + 1 + 2 * k]! << 8) | payload[at + 2 + 2 * k]! : payload[at + 1 + k]!;
    }
    state.quantisations[payload[at]! & 15] = table;
    at = next;
  }
}

function readCodes(payload: Uint8Array, state: State): void {
  for (let at = 0; at < payload.length; ) {
    const counts = payload.subarray(at + 1, at + 17);
    const next = at + 17 + counts.reduce((a, b) => a + b, 0);
    const table = next > payload.length ? undefined : huffmanTable(counts, payload.subarray(at + 17, next));
    if (!table) throw damaged('a code table is impossible');
    state.codes[payload[at]!] = table;
    at = next;
  }
}

function readFrame(marker: number, payload: Uint8Array, fileLength: number, pixels: number): Frame {
  if (marker > 0xc2) {
    throw new SalientError(
      'bad-image',
      `the JPEG file is lossless, hierarchical or arithmetic-coded (frame type ff${marker.toString(16)}), which is not read; export it as a usual JPEG or PNG`,
    );
  }
  const count = payload[5] ?? 0;
  if (payload.length < 6 + 3 * count) throw damaged('its frame header is too short');
  if (payload[0] !== 8) {
    throw new SalientError('bad-image', `the JPEG file has ${payload[0]}-bit samples; export it with 8-bit ones`);
  }
  const height = (payload[1]! << 8) | payload[2]!;
  const width = (payload[3]! << 8) | payload[4]!;
  checkSize(width, height);
  if (![1, 3, 4].includes(count)) throw damaged(`it has ${count} colour components`);
  const factors = Array.from({ length: count }, (_, i) => {
    // A single component's blocks stand in reading order, whatever its factors say.
    const byte = count === 1 ? 0x11 : payload[7 + 3 * i]!;
    return { h: byte >> 4, v: byte & 15 };
  });
  if (factors.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4))
    throw damaged('its sampling factors are impossible');
  const maxH = Math.max(...factors.map(({ h }) => h));
  const maxV = Math.max(...factors.map(({ v }) => v));
  const unitsX = Math.ceil(width / (8 * maxH));
  const unitsY = Math.ceil(height / (8 * maxV));
  // A block takes a bit at least: no memory is taken for pixels that cannot be there.
  const blocks = factors.reduce((sum, { h, v }) => sum + unitsX * h * unitsY * v, 0);
  if (blocks / 8 > fileLength) throw damaged(`${fileLength} bytes cannot hold ${width}×${height} pixels`);
  const progressive = marker === 0xc2;
  const side = (8 / reductionFor(width, height, pixels)) as BlockSide;
  const components = factors.map(({ h, v }, i): Component => {
    const blocksX = unitsX * h;
    const blocksY = unitsY * v;
    return {
      id: payload[6 + 3 * i]!,
      h,
      v,
      quantisationNumber: payload[8 + 3 * i]!,
      width: Math.ceil((width * h) / maxH),
      height: Math.ceil((height * v) / maxV),
      blocksX,
      blocksY,
      coefficients: new Coefficients(blocksX * blocksY, side, progressive),
      quantisation: undefined,
      visits: 0,
    };
  });
  return { width, height, progressive, maxH, maxV, side, components };
}

function readScan(payload: Uint8Array, frame: Frame, state: State): Scan {
  const count = payload[0] ?? 0;
  if (count < 1 || count > 4 || payload.length < 4 + 2 * count) throw damaged('a scan header is too short');
  const parts = Array.from({ length: count }, (_, i) => {
    const component = frame.components.find(({ id }) => id === payload[1 + 2 * i]);
    if (!component) throw damaged('a scan names an unknown component');
    if (++component.visits > MOST_VISITS) throw damaged(`it goes through its pixels more than ${MOST_VISITS} times`);
    component.quantisation ??= state.quantisations[component.quantisationNumber];
    if (!component.quantisation) throw damaged('a quantisation table is missing');
    const tables = payload[2 + 2 * i]!;
    return { component, dc: state.codes[tables >> 4], ac: state.codes[16 + (tables & 15)] };
  });
  const { restartInterval } = state;
  if (!frame.progressive) return { parts, from: 0, to: 63, high: 0, low: 0, restartInterval };
  const [from, to, shifts] = payload.subarray(1 + 2 * count);
  const scan = { parts, from: from!, to: to!, high: shifts! >> 4, low: shifts! & 15, restartInterval };
  if (scan.from > scan.to || scan.to > 63 || scan.low > 13 || (scan.from > 0 && count > 1)) {
    throw damaged('a scan header is impossible');
  }
  return scan;
}

/** The colours, as the usual conventions tell them from JFIF's and Adobe's segments and the components' numbers. */
function coloursOf({ components }: Frame, { jfif, adobe }: State): JpegColours {
  if (components.length === 1) return 'grey';
  if (components.length === 4) {
    // Inverted without Adobe's segment too, as Pillow reads every such file.
    return adobe === 2 ? 'inverted-ycck' : 'inverted-cmyk';
  }
  if (jfif) return 'ycc';
  if (adobe !== undefined) return adobe === 0 ? 'rgb' : 'ycc';
  return String.fromCharCode(...components.map(({ id }) => id)) === 'RGB' ? 'rgb' : 'ycc';
}
