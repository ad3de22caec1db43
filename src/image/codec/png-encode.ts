import type { RgbImage } from '../rgb-image.ts';
import { crc32, PNG_SIGNATURE, paeth } from './png-format.ts';

/** Encodes a picture as PNG (RGB, 8 bits). Equal pictures give equal bytes on one platform. */
export async function encodePng(image: RgbImage): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, image.width);
  view.setUint32(4, image.height);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, adaptive filters, not interlaced
  const parts = [
    Uint8Array.from(PNG_SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', await deflate(filterRows(image))),
    chunk('IEND', new Uint8Array(0)),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** Filters each row with the one of the five filters whose results are smallest in sum, which compresses well. */
function filterRows({ width, height, data }: RgbImage): Uint8Array<ArrayBuffer> {
  const rowBytes = 3 * width;
  const filtered = new Uint8Array(height * (rowBytes + 1));
  const candidates = Array.from({ length: 5 }, () => new Uint8Array(rowBytes));
  for (let y = 0; y < height; y++) {
    const sums = [0, 0, 0, 0, 0];
    for (let i = 0; i < rowBytes; i++) {
      const at = y * rowBytes + i;
      const value = data[at]!;
      const left = i < 3 ? 0 : data[at - 3]!;
      const above = y === 0 ? 0 : data[at - rowBytes]!;
      const upperLeft = i < 3 || y === 0 ? 0 : data[at - rowBytes - 3]!;
      const predictions = [0, left, above, (left + above) >> 1, paeth(left, above, upperLeft)];
      for (let filter = 0; filter < 5; filter++) {
        const difference = (value - predictions[filter]!) & 255;
        candidates[filter]![i] = difference;
        sums[filter]! += Math.min(difference, 256 - difference);
      }
    }
    const best = sums.indexOf(Math.min(...sums));
    filtered[y * (rowBytes + 1)] = best;
    filtered.set(candidates[best]!, y * (rowBytes + 1) + 1);
  }
  return filtered;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
