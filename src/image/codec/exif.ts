import { JPEG_MARKERS, nextSegment } from './jpeg-segments.ts';
import type { Orientation } from './orient.ts';

const ORIENTATION_TAG = 0x0112;

/** How a number of each TIFF type that people's programs write there is read, at an entry's value or where it points. */
const NUMBERS: Readonly<Record<number, (view: DataView, at: number, littleEndian: boolean) => number>> = {
  3: (view, at, little) => view.getUint16(at, little),
  4: (view, at, little) => view.getUint32(at, little),
  5: (view, at, little) => view.getUint32(at, little) / view.getUint32(at + 4, little),
  6: (view, at) => view.getInt8(at),
  8: (view, at, little) => view.getInt16(at, little),
  9: (view, at, little) => view.getInt32(at, little),
  10: (view, at, little) => view.getInt32(at, little) / view.getInt32(at + 4, little),
  11: (view, at, little) => view.getFloat32(at, little),
  12: (view, at, little) => view.getFloat64(at, little),
};

/** Types of eight bytes, which stand elsewhere: rationals and doubles. */
const ELSEWHERE = new Set([5, 10, 12]);

/**
 * The EXIF orientation of a JPEG file (Exif 2.32, tag 0x0112); 1, upright, where the file has none or it is damaged,
 * for a photograph is not to be refused for that.
 */
export function exifOrientation(jpeg: Uint8Array): Orientation {
  for (let segment = nextSegment(jpeg, 2); segment; segment = nextSegment(jpeg, segment.end)) {
    const { marker, payload } = segment;
    if (marker === JPEG_MARKERS.startOfScan || marker === JPEG_MARKERS.endOfImage) break;
    if (marker === JPEG_MARKERS.app1 && String.fromCharCode(...payload.subarray(0, 6)) === 'Exif\0\0') {
      return orientationOf(payload.subarray(6)) ?? 1;
    }
  }
  return 1;
}

/** The orientation in the first directory of the TIFF structure that EXIF is; nothing where it has none. */
export function orientationOf(tiff: Uint8Array): Orientation | undefined {
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const littleEndian = view.getUint16(0) === 0x4949; // "II"; "MM" is big-endian
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, littleEndian);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return undefined;
    if (view.getUint16(entry, littleEndian) !== ORIENTATION_TAG) continue;
    const type = view.getUint16(entry + 2, littleEndian);
    const at = ELSEWHERE.has(type) ? view.getUint32(entry + 8, littleEndian) : entry + 8;
    const value = at + 8 > tiff.length && ELSEWHERE.has(type) ? undefined : NUMBERS[type]?.(view, at, littleEndian);
    return value !== undefined && isOrientation(value) ? value : 1;
  }
  return undefined;
}

export function isOrientation(value: number): value is Orientation {
  return Number.isInteger(value) && value >= 1 && value <= 8;
}
