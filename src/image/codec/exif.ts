import { JPEG_MARKERS, nextSegment } from './jpeg-segments.ts';
import type { Orientation } from './orient.ts';

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/**
 * The EXIF orientation of a JPEG file (Exif 2.32, tag 0x0112); 1, upright, where the file has none or it is damaged,
 * for a photograph is not to be refused for that.
 */
export function exifOrientation(jpeg: Uint8Array): Orientation {
  for (let segment = nextSegment(jpeg, 2); segment; segment = nextSegment(jpeg, segment.end)) {
    const { marker, payload } = segment;
    if (marker === JPEG_MARKERS.startOfScan || marker === JPEG_MARKERS.endOfImage) break;
    if (marker === JPEG_MARKERS.app1 && String.fromCharCode(...payload.subarray(0, 6)) === 'Exif\0\0') {
      return orientationOf(payload.subarray(6));
    }
  }
  return 1;
}

/** The orientation in the first directory of the TIFF structure that EXIF is. */
export function orientationOf(tiff: Uint8Array): Orientation {
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const littleEndian = view.getUint16(0) === 0x4949; // "II"; "MM" is big-endian
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, littleEndian);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, littleEndian) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(entry + 8, littleEndian);
    return view.getUint16(entry + 2, littleEndian) === SHORT && isOrientation(value) ? value : 1;
  }
  return 1;
}

function isOrientation(value: number): value is Orientation {
  return value >= 1 && value <= 8;
}
