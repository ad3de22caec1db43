import { SalientError } from '../../error.ts';
import { inTurns } from '../../tensor/turns.ts';
import { DECODED_PIXELS, type RgbImage } from '../rgb-image.ts';
import { exifOrientation } from './exif.ts';
import { decodeJpeg } from './jpeg-decode.ts';
import { orient } from './orient.ts';
import { decodePng } from './png-decode.ts';

/** Marks of formats that people try: characters, and the offset at which they stand. */
const OTHER_FORMATS: readonly (readonly [name: string, mark: string, at: number])[] = [
  ['WebP', 'WEBP', 8],
  ['GIF', 'GIF8', 0],
  ['BMP', 'BM', 0],
  ['TIFF', 'II*\0', 0],
  ['TIFF', 'MM\0*', 0],
  ['AVIF', 'ftypavi', 4],
  ['HEIC', 'ftyphe', 4],
  ['HEIC', 'ftypmif1', 4],
  ['JPEG XL', '\xff\x0a', 0],
  ['JPEG XL', 'JXL ', 4],
  ['JPEG 2000', 'jP  ', 4],
  ['Photoshop', '8BPS', 0],
  ['PDF', '%PDF', 0],
  ['SVG', '<svg', 0],
  ['XML', '<?xml', 0],
  ['Windows icon', '\0\0\x01\0', 0],
  ['NumPy', '\x93NUMPY', 0],
  ['ZIP', 'PK', 0],
];

/** How {@link decodeImage} decodes. */
export interface DecodeOptions {
  /**
   * Pixels at most: a larger picture is made a half, a quarter or an eighth as wide and high while it is decoded (JPEG by
   * inverse transforms of fewer points, PNG by means of squares), and says so in `reduced`. Default 2²⁴ (4096×4096);
   * `Infinity`: as stored, up to 100 million pixels.
   */
  readonly pixels?: number | undefined;
  /** Is heard within 100 ms. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes a photograph, PNG or JPEG as its first bytes say (the file's name plays no part), to 8-bit RGB.
 * Transparent pixels are composited over white; pictures are turned upright as their EXIF orientation says; colour profiles
 * and gamma are not applied, as is usual where networks are fed. Other tasks have their turn every 50 ms. Needs no file
 * system, so it runs in a browser too.
 *
 * @throws SalientError `bad-image` for empty, damaged, truncated, too large (over 100 million pixels, or a side over 2¹⁸)
 * or other files, `aborted`
 *
 * @example
 * ```ts
 * const { width, height } = await decodeImage(await readFile('models/samples/cup-2000010.png'));
 * ```
 */
export async function decodeImage(
  source: Uint8Array | ArrayBuffer | Blob,
  { pixels = DECODED_PIXELS, signal }: DecodeOptions = {},
): Promise<RgbImage> {
  const bytes =
    source instanceof Uint8Array
      ? source
      : new Uint8Array(source instanceof Blob ? await source.arrayBuffer() : source);
  if (bytes.length === 0) throw new SalientError('bad-image', 'the image file is empty');
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return decodePng(bytes, pixels, signal);
  if (start.startsWith('\xff\xd8\xff')) {
    const stored = await inTurns(decodeJpeg(bytes, pixels), signal);
    return inTurns(orient(stored, exifOrientation(bytes)), signal);
  }
  const other = OTHER_FORMATS.find(([, mark, at]) => start.startsWith(mark, at));
  const found = other ? `a ${other[0]} file` : 'neither';
  throw new SalientError('bad-image', `PNG or JPEG is expected, but this is ${found}; convert it to PNG or JPEG`);
}
