/** Second bytes of the markers that begin a JPEG file's segments (ITU-T T.81, table B.1); the first is 0xff. */
export const JPEG_MARKERS = {
  huffman: 0xc4,
  reserved: 0xc8,
  arithmetic: 0xcc,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantisation: 0xdb,
  restartInterval: 0xdd,
  app0: 0xe0,
  app1: 0xe1,
  app14: 0xee,
} as const;

/** One marker segment: the marker's second byte, and its payload (without the two length bytes). */
export interface JpegSegment {
  readonly marker: number;
  readonly payload: Uint8Array;
  /** Where the next segment, or a scan's data, begin. */
  readonly end: number;
}

/**
 * The segment at, or next after, a position: anything between segments (fill bytes, restart markers, the rest of a
 * scan) is passed over. The end-of-image marker is a segment without a payload. `undefined`: the file ends before one.
 */
export function nextSegment(bytes: Uint8Array, position: number): JpegSegment | undefined {
  let at = position;
  while (at + 1 < bytes.length && !(bytes[at] === 0xff && isMarker(bytes[at + 1]!))) at++;
  const marker = bytes[at + 1];
  if (marker === JPEG_MARKERS.endOfImage) return { marker, payload: bytes.subarray(0, 0), end: at + 2 };
  if (marker === undefined || at + 4 > bytes.length) return undefined;
  const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  if (end < at + 4 || end > bytes.length) return undefined;
  return { marker, payload: bytes.subarray(at + 4, end), end };
}

/** Stuffed zeros, fill bytes and restart markers begin no segment. */
function isMarker(byte: number): boolean {
  return byte !== 0 && byte !== 0xff && !(byte >= 0xd0 && byte <= 0xd7);
}
