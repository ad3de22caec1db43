import jpeg from 'jpeg-js';
import { SalientError } from '../error.ts';
import { jpegSegments } from './jpeg-segments.ts';
import { checkSize, LARGEST_IMAGE, type RgbImage } from './rgb-image.ts';

/** Start-of-frame markers (ITU-T T.81, table B.1) that can be decoded: baseline, extended and progressive Huffman. */
const DECODED_FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
const OTHER_FRAMES: ReadonlySet<number> = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const MOST_MEGABYTES = 2048;

/**
 * Decodes a JPEG file (grey, YCbCr, RGB or CMYK; baseline or progressive) to RGB, as stored: not turned upright.
 *
 * @throws SalientError `bad-image`
 */
export function decodeJpeg(bytes: Uint8Array): RgbImage {
  checkFrame(bytes);
  try {
    const { width, height, data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: LARGEST_IMAGE / 1e6,
      maxMemoryUsageInMB: MOST_MEGABYTES,
    });
    return { width, height, data };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SalientError('bad-image', `the JPEG file is damaged or truncated (${reason}); copy or export it again`, {
      cause: error,
    });
  }
}

/** Looks at the frame header, so that a hopeless file is refused before memory is taken for it. */
function checkFrame(bytes: Uint8Array): void {
  for (const { marker, payload } of jpegSegments(bytes)) {
    if (OTHER_FRAMES.has(marker)) {
      const kind = marker.toString(16);
      throw new SalientError(
        'bad-image',
        `the JPEG file is lossless, hierarchical or arithmetic-coded (frame type ff${kind}); export it as a usual JPEG or PNG`,
      );
    }
    if (!DECODED_FRAMES.has(marker)) continue;
    if (payload.length < 6) break;
    if (payload[0] !== 8) {
      throw new SalientError('bad-image', `the JPEG file has ${payload[0]}-bit samples; 8-bit ones are read`);
    }
    checkSize((payload[3]! << 8) | payload[4]!, (payload[1]! << 8) | payload[2]!);
    return;
  }
  throw new SalientError(
    'bad-image',
    'the JPEG file is damaged or truncated (no frame header); copy or export it again',
  );
}
