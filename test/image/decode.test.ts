import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { PRESETS, preprocess } from '../../src/image/preprocess.ts';
import { pngChunk } from '../support/png-chunk.ts';
import { refused } from './refused.ts';

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

interface PngParts {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  interlace?: number;
  /** Filter byte and samples of every row. */
  raw: Uint8Array | number[];
  palette?: number[];
  transparency?: number[];
}

function pngFile(parts: PngParts): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(parts.width, 0);
  header.writeUInt32BE(parts.height, 4);
  header.set([parts.depth, parts.colourType, 0, 0, parts.interlace ?? 0], 8);
  return new Uint8Array(
    Buffer.concat([
      bytesOf('\x89PNG\r\n\x1a\n'),
      pngChunk('IHDR', header),
      ...(parts.palette ? [pngChunk('PLTE', Uint8Array.from(parts.palette))] : []),
      ...(parts.transparency ? [pngChunk('tRNS', Uint8Array.from(parts.transparency))] : []),
      pngChunk('tEXt', bytesOf('Comment\0ignored')),
      pngChunk('IDAT', deflateSync(Uint8Array.from(parts.raw))),
      pngChunk('IEND', new Uint8Array(0)),
    ]),
  );
}

/** Deterministic noise, with runs, so that all five row filters are chosen. */
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 31 + (i >> 5) * 97) % 256);

test('each PNG colour type of 8 and 16 bits decodes as pngjs decodes it', async () => {
  const width = 37;
  const height = 23;
  for (const colorType of [0, 2, 4, 6] as const) {
    for (const bitDepth of [8, 16] as const) {
      const source = new PNG({ width, height });
      source.data = Buffer.from(noise(width * height * 4));
      if (bitDepth === 16) {
        const wide = Uint16Array.from(noise(width * height * 4), (v, i) => v * 256 + ((i * 7) % 256));
        source.data = Buffer.from(wide.buffer);
      }
      const file = PNG.sync.write(source, { colorType, bitDepth, inputHasAlpha: true });
      const expected = PNG.sync.read(file);
      const image = await decodeImage(new Uint8Array(file));
      assert.is(image.width, width);
      assert.is(image.height, height);
      for (let i = 0; i < width * height; i++) {
        const alpha = expected.data[4 * i + 3]!;
        for (let c = 0; c < 3; c++) {
          const composited = Math.round((expected.data[4 * i + c]! * alpha) / 255 + 255 - alpha);
          assert.is(image.data[3 * i + c], composited, `colour type ${colorType}, ${bitDepth} bits, pixel ${i}`);
        }
      }
    }
  }
});

test('samples of less than a byte are spread over 0 to 255', async () => {
  const grey1 = await decodeImage(pngFile({ width: 10, height: 1, depth: 1, colourType: 0, raw: [0, 0xb0, 0x40] }));
  assert.equal(
    [...grey1.data].filter((_, i) => i % 3 === 0),
    [255, 0, 255, 255, 0, 0, 0, 0, 0, 255],
  );
  const grey2 = await decodeImage(pngFile({ width: 4, height: 1, depth: 2, colourType: 0, raw: [0, 0b00011011] }));
  assert.equal(
    [...grey2.data].filter((_, i) => i % 3 === 0),
    [0, 85, 170, 255],
  );
  const grey4 = await decodeImage(pngFile({ width: 2, height: 2, depth: 4, colourType: 0, raw: [0, 0x0f, 2, 0x24] }));
  assert.equal(
    [...grey4.data].filter((_, i) => i % 3 === 0),
    [0, 255, 51, 51],
  );
});

test('palettes and transparent colours are applied, over white', async () => {
  const palette = [255, 0, 0, 0, 255, 0, 0, 0, 255];
  const parts = { width: 3, height: 1, depth: 2, colourType: 3, raw: [0, 0b00011000], palette };
  assert.equal([...(await decodeImage(pngFile(parts))).data], palette);
  const seeThrough = await decodeImage(pngFile({ ...parts, transparency: [0, 128] }));
  assert.equal([...seeThrough.data], [255, 255, 255, 127, 255, 127, 0, 0, 255]);
  const keyed = { width: 2, height: 1, depth: 8, colourType: 2, raw: [0, 9, 8, 7, 9, 8, 6] };
  const image = await decodeImage(pngFile({ ...keyed, transparency: [0, 9, 0, 8, 0, 7] }));
  assert.equal([...image.data], [255, 255, 255, 9, 8, 6]);
});

test('an interlaced PNG decodes to the same pixels, whatever its size', async () => {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  for (const [width, height] of [
    [1, 1],
    [3, 2],
    [13, 9],
  ] as const) {
    const pixels = noise(3 * width * height);
    const raw: number[] = [];
    for (const [left, top, dx, dy] of passes) {
      if (left >= width) continue;
      for (let y = top; y < height; y += dy) {
        raw.push(0);
        for (let x = left; x < width; x += dx)
          raw.push(...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3));
      }
    }
    const image = await decodeImage(pngFile({ width, height, depth: 8, colourType: 2, interlace: 1, raw }));
    assert.equal(image, { width, height, data: pixels });
  }
});

test('an encoded PNG decodes to the same pixels, here and in pngjs, and is the same bytes each time', async () => {
  const image = { width: 61, height: 40, data: noise(61 * 40 * 3) };
  const bytes = await encodePng(image);
  assert.equal(await decodeImage(bytes), image);
  const other = PNG.sync.read(Buffer.from(bytes));
  assert.equal(
    Uint8Array.from(other.data).filter((_, i) => i % 4 !== 3),
    image.data,
  );
  assert.equal(await encodePng(image), bytes);
});

test('damaged, truncated and absurd PNG files are refused', async () => {
  const parts = { width: 40, height: 40, depth: 8, colourType: 2, raw: new Uint8Array(40 * 121) };
  const file = pngFile(parts);
  // The last bytes are IDAT's checksum and IEND, without which no pixel is missing.
  for (let length = 9; length < file.length - 16; length += 7) await refused(file.subarray(0, length), /truncated/);
  await refused(
    file.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
    /checksum of its chunk "IHDR"/,
  );
  await refused(pngFile({ ...parts, width: 100_000, height: 100_000 }), /10000 million.*100 million/);
  await refused(pngFile({ ...parts, width: 0 }), /0×40/);
  await refused(pngFile({ ...parts, height: 41 }), /end too early/);
  await refused(pngFile({ ...parts, depth: 4 }), /colour type 2 of 4 bits/);
  await refused(pngFile({ ...parts, colourType: 3 }), /palette/);
  await refused(
    pngFile({ ...parts, colourType: 3, palette: [1, 2, 3], raw: new Uint8Array(1640).fill(1) }),
    /filter|lacks/,
  );
  await refused(pngFile({ ...parts, raw: [9, ...new Uint8Array(5000)] }), /filter 9/);
  const noZlib = Buffer.concat([
    file.subarray(0, 33),
    pngChunk('IDAT', noise(50)),
    pngChunk('IEND', new Uint8Array(0)),
  ]);
  await refused(new Uint8Array(noZlib), /decompressed/);
  await refused(
    new Uint8Array(Buffer.concat([file.subarray(0, 33), pngChunk('IEND', new Uint8Array(0))])),
    /no pixels/,
  );
});

test('a small PNG that inflates to gigabytes takes no more than its picture', async () => {
  const bomb = pngFile({ width: 1, height: 1, depth: 8, colourType: 0, interlace: 1, raw: new Uint8Array(1 << 26) });
  assert.equal([...(await decodeImage(bomb)).data], [0, 0, 0]);
});

test('other formats are named, and nothing is guessed from emptiness', async () => {
  await refused(new Uint8Array(0), /empty/);
  await refused(bytesOf('RIFF\x10\0\0\0WEBPVP8 '), /WebP/);
  await refused(bytesOf('GIF89a\x01\0'), /GIF/);
  await refused(bytesOf('\0\0\0\x20ftypheic'), /HEIC/);
  await refused(bytesOf('BM\0\0'), /BMP/);
  await refused(bytesOf('hello'), /neither/);
});

test('a photograph of one pixel passes through every preprocessing', async () => {
  const image = await decodeImage(pngFile({ width: 1, height: 1, depth: 8, colourType: 2, raw: [0, 1, 2, 3] }));
  assert.equal(preprocess(image, PRESETS.caffe).tensor.shape, [3, 224, 224]);
  assert.equal([...preprocess(image, PRESETS.none).tensor.data], [1, 2, 3]);
});

test('a PNG whose pixels are whole is read, whatever is wrong behind them', async () => {
  const picture = { width: 9, height: 5, data: Uint8Array.from({ length: 135 }, (_, i) => (i * 29) % 256) };
  const file = Buffer.from(await encodePng(picture));
  const idat = file.indexOf('IDAT') - 4;
  const length = file.readUInt32BE(idat);
  const [before, zlib, after] = [
    file.subarray(0, idat),
    file.subarray(idat + 8, idat + 8 + length),
    file.subarray(-12),
  ];
  const read = async (...parts: Uint8Array[]) =>
    assert.equal(await decodeImage(new Uint8Array(Buffer.concat(parts))), picture);
  await read(before, pngChunk('IDAT', zlib)); // no IEND
  await read(before, pngChunk('IDAT', zlib), after.subarray(0, 5));
  await read(before, pngChunk('IDAT', zlib).fill(0, 8 + length), after); // a wrong checksum of the chunk
  await read(before, pngChunk('IDAT', zlib.subarray(0, -4)), after); // no checksum of the stream
  await read(before, pngChunk('IDAT', Buffer.concat([zlib, bytesOf('more')])), after, bytesOf('and more'));
  await read(
    before,
    ...[zlib.subarray(0, 0), zlib.subarray(0, 7), zlib.subarray(7)].map((part) => pngChunk('IDAT', part)),
    after,
  );
});

test('a PNG is turned upright by EXIF that stands as text, and by XMP', async () => {
  const picture = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
  const file = Buffer.from(await encodePng(picture));
  const turned = async (upright: boolean, ...chunks: Buffer[]) => {
    const whole = Buffer.concat([file.subarray(0, 33), ...chunks, file.subarray(33)]);
    const expected = upright ? picture : { ...picture, width: 1, height: 2 };
    assert.equal(await decodeImage(new Uint8Array(whole)), expected);
  };
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const digits = Buffer.concat([bytesOf('Exif\0\0'), Uint8Array.from(tiff)]).toString('hex');
  const profile = `\nexif\n      32\n${digits.slice(0, 40)}\n${digits.slice(40)}\n`;
  await turned(false, pngChunk('tEXt', bytesOf(`Raw profile type exif\0${profile}`)));
  const packed = deflateSync(profile);
  await turned(false, pngChunk('zTXt', Buffer.concat([bytesOf('Raw profile type APP1\0\0'), packed])));
  await turned(true, pngChunk('zTXt', Buffer.concat([bytesOf('Raw profile type exif\0\0'), packed.subarray(0, 9)])));
  await turned(true, pngChunk('tEXt', bytesOf(`Comment\0${profile}`)));
  const xmp = '<rdf:Description tiff:Orientation="6"/>';
  await turned(false, pngChunk('iTXt', bytesOf(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`)));
  const inside = deflateSync('<tiff:Orientation>8</tiff:Orientation>');
  const compressed = pngChunk('iTXt', Buffer.concat([bytesOf('XML:com.adobe.xmp\0\x01\0en\0\0'), inside]));
  const quarter = { width: 1, height: 2, data: Uint8Array.of(40, 50, 60, 10, 20, 30) };
  const whole = Buffer.concat([file.subarray(0, 33), compressed, file.subarray(33)]);
  assert.equal(await decodeImage(new Uint8Array(whole)), quarter);
  // EXIF itself goes before XMP.
  await turned(
    true,
    pngChunk('eXIf', Uint8Array.from(tiff.with(19, 1))),
    pngChunk('iTXt', bytesOf(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`)),
  );
});

test('a PNG is turned upright as its eXIf chunk says', async () => {
  const picture = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
  const file = Buffer.from(await encodePng(picture));
  // TIFF, big-endian; one entry: orientation (0x0112), a short: 6, the first row is at the right.
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const afterHeader = 8 + 25;
  const turned = Buffer.concat([
    file.subarray(0, afterHeader),
    pngChunk('eXIf', Uint8Array.from(tiff)),
    file.subarray(afterHeader),
  ]);
  assert.equal(await decodeImage(new Uint8Array(turned)), { ...picture, width: 1, height: 2 });
});

test.run();
