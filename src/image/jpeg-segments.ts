/** One marker segment of a JPEG file: the marker's second byte, and its payload (without the two length bytes). */
export interface JpegSegment {
  readonly marker: number;
  readonly payload: Uint8Array;
}

export const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** The segments of a JPEG file from its start to the first scan (inclusive), as far as the file holds them whole. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // fill bytes may stand before a marker
      continue;
    }
    if (marker === END_OF_IMAGE) return;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < 2 || at + 2 + length > bytes.length) return;
    yield { marker, payload: bytes.subarray(at + 4, at + 2 + length) };
    if (marker === START_OF_SCAN) return;
    at += 2 + length;
  }
}
