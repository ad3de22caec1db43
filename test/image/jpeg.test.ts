import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { exifOrientation } from '../../src/image/codec/exif.ts';
import { type Orientation, orient as orientInSteps } from '../../src/image/codec/orient.ts';
import type { RgbImage } from '../../src/image/rgb-image.ts';
import { goldenFolder } from '../support/paths.ts';
import { refused } from './refused.ts';

// test/golden/jpeg holds pairs that Pillow 12.3 with libjpeg-turbo 3.1 wrote: a JPEG file, and what it decodes it to.
const golden = (name: string) => new Uint8Array(readFileSync(`${goldenFolder}jpeg/${name}`));
const orient = (stored: RgbImage, orientation: Orientation) => {
  const steps = orientInSteps(stored, orientation);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};
const KINDS = [
  'full-chroma',
  'half-chroma',
  'quarter-chroma',
  'progressive',
  'progressive-full-chroma',
  'grey',
  'grey-progressive',
  'rgb',
  'cmyk',
  'two-by-two',
];

/** The file with an EXIF segment that holds this orientation, right after its first marker. */
function withOrientation(file: Uint8Array, orientation: number, littleEndian: boolean): Uint8Array {
  const segment = new Uint8Array(4 + 6 + 8 + 2 + 2 * 12 + 4);
  const view = new DataView(segment.buffer);
  view.setUint16(0, 0xffe1);
  view.setUint16(2, segment.length - 2);
  segment.set(new TextEncoder().encode('Exif\0\0'), 4);
  const tiff = new DataView(segment.buffer, 10);
  tiff.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  tiff.setUint16(2, 42, littleEndian);
  tiff.setUint32(4, 8, littleEndian);
  tiff.setUint16(8, 2, littleEndian);
  tiff.setUint16(10, 0x0100, littleEndian); // another tag first
  tiff.setUint16(22, 0x0112, littleEndian);
  tiff.setUint16(24, 3, littleEndian);
  tiff.setUint32(26, 1, littleEndian);
  tiff.setUint16(30, orientation, littleEndian);
  return Uint8Array.of(...file.subarray(0, 2), ...segment, ...file.subarray(2));
}

for (const kind of KINDS) {
  test(`a ${kind} JPEG decodes to the very pixels of libjpeg`, async () => {
    assert.equal(await decodeImage(golden(`${kind}.jpg`)), await decodeImage(golden(`${kind}.png`)));
  });
}

test('each EXIF orientation puts the first stored row and column where the standard says', () => {
  // Exif 2.32, 4.6.4: where in the upright picture the first stored row and the first stored column lie.
  const places: Record<Orientation, readonly [row: string, column: string]> = {
    1: ['top', 'left'],
    2: ['top', 'right'],
    3: ['bottom', 'right'],
    4: ['bottom', 'left'],
    5: ['left', 'top'],
    6: ['right', 'top'],
    7: ['right', 'bottom'],
    8: ['left', 'bottom'],
  };
  const stored = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => Math.floor(i / 3)) };
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
    const upright = orient(stored, orientation);
    const at = (x: number, y: number) => upright.data[3 * (y * upright.width + x)]!;
    const edges: Record<string, number[]> = {
      top: Array.from({ length: upright.width }, (_, x) => at(x, 0)),
      bottom: Array.from({ length: upright.width }, (_, x) => at(x, upright.height - 1)),
      left: Array.from({ length: upright.height }, (_, y) => at(0, y)),
      right: Array.from({ length: upright.height }, (_, y) => at(upright.width - 1, y)),
    };
    const [row, column] = places[orientation];
    assert.equal(edges[row]!.sort(), [0, 1, 2], `first row of orientation ${orientation}`);
    assert.equal(edges[column]!.sort(), [0, 3], `first column of orientation ${orientation}`);
  }
});

test('the EXIF orientation is read in either byte order and applied', async () => {
  const file = golden('grey.jpg');
  const stored = await decodeImage(file);
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
    for (const littleEndian of [false, true]) {
      const turned = withOrientation(file, orientation, littleEndian);
      assert.is(exifOrientation(turned), orientation);
      assert.equal(await decodeImage(turned), orient(stored, orientation));
    }
  }
});

type Write = (view: DataView, at: number) => void;

const pair =
  (write: 'setUint32' | 'setInt32', above: number, below: number): Write =>
  (view, at) => {
    view[write](at, above, true);
    view[write](at + 4, below, true);
  };

/** What programs store, by TIFF type, and the orientation that Pillow reads. */
const STORED: readonly (readonly [type: number, write: Write, expected: number])[] = [
  [3, (view, at) => view.setUint16(at, 6, true), 6],
  [4, (view, at) => view.setUint32(at, 6, true), 6],
  [5, pair('setUint32', 12, 2), 6],
  [6, (view, at) => view.setInt8(at, 6), 6],
  [8, (view, at) => view.setInt16(at, 6, true), 6],
  [9, (view, at) => view.setInt32(at, 6, true), 6],
  [10, pair('setInt32', -6, -1), 6],
  [11, (view, at) => view.setFloat32(at, 6, true), 6],
  [12, (view, at) => view.setFloat64(at, 6, true), 6],
  // Bytes and text are none; halves and other numbers mean nothing.
  [1, (view, at) => view.setUint8(at, 6), 1],
  [2, (view, at) => view.setUint8(at, 54), 1],
  [11, (view, at) => view.setFloat32(at, 6.5, true), 1],
  [4, (view, at) => view.setUint32(at, 9, true), 1],
];

test('an orientation is read in every type in which programs store it, as Pillow does', () => {
  // The TIFF structure begins at byte 12: the entry's type at its byte 24, its value at 30, and eight bytes of another
  // entry's numbers at 12.
  for (const [type, write, expected] of STORED) {
    const turned = withOrientation(golden('grey.jpg'), 0, true);
    const view = new DataView(turned.buffer);
    view.setUint16(12 + 24, type, true);
    const isElsewhere = [5, 10, 12].includes(type);
    if (isElsewhere) view.setUint32(12 + 30, 12, true);
    write(view, 12 + (isElsewhere ? 12 : 30));
    assert.is(exifOrientation(turned), expected, `type ${type}`);
  }
});

test('CMYK is inverted without an Adobe segment too, as Pillow reads it', async () => {
  const file = golden('cmyk.jpg');
  const adobe = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xee);
  assert.ok(adobe > 0 && file[adobe + 15] !== 2, 'the golden file holds an Adobe segment, and no YCCK');
  const length = 2 + ((file[adobe + 2]! << 8) | file[adobe + 3]!);
  const without = Uint8Array.of(...file.subarray(0, adobe), ...file.subarray(adobe + length));
  assert.equal(await decodeImage(without), await decodeImage(file));
});

test('an absent or damaged orientation means upright', () => {
  const file = golden('grey.jpg');
  assert.is(exifOrientation(file), 1);
  assert.is(exifOrientation(withOrientation(file, 9, true)), 1);
  const turned = withOrientation(file, 6, true);
  for (let at = 6; at < 50; at++) {
    const damaged = turned.slice();
    damaged[at] = 255;
    assert.ok([1, 6].includes(exifOrientation(damaged)), `byte ${at}`);
  }
});

test('a JPEG file cut anywhere is refused, if pixels are missing', async () => {
  for (const kind of KINDS) {
    const file = golden(`${kind}.jpg`);
    for (let length = 3; length < file.length - 8; length += 13) await refused(file.subarray(0, length), /truncated/);
  }
  const progressive = golden('progressive.jpg');
  await refused(progressive.subarray(0, progressive.length - 2), /before its last scan/);
});

test('a baseline JPEG without its end marker decodes', async () => {
  const file = golden('quarter-chroma.jpg');
  assert.equal(await decodeImage(file.subarray(0, file.length - 2)), await decodeImage(file));
});

test('absurd and unusual JPEG files are refused before memory is taken', async () => {
  const file = golden('full-chroma.jpg');
  const frame = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0);
  const changed = (offset: number, ...bytes: number[]) => {
    const copy = file.slice();
    copy.set(bytes, frame + offset);
    return copy;
  };
  await refused(changed(5, 0xff, 0xff, 0xff, 0xff), /65535×65535.*at most 100 million/);
  await refused(changed(5, 0x20, 0, 0x20, 0), /cannot hold 8192×8192 pixels/);
  await refused(changed(5, 0, 0), /37×0/);
  await refused(changed(1, 0xc9), /arithmetic.*ffc9/);
  await refused(changed(4, 12), /12-bit samples/);
  await refused(changed(9, 2), /2 colour components/);
  await refused(changed(11, 0), /sampling factors/);
  await refused(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), /before its pixels/);
});

test('a JPEG whose scans go through its pixels over and over is refused', async () => {
  const file = golden('grey.jpg');
  const start = file.findLastIndex((byte, at) => byte === 0xff && file[at + 1] === 0xda);
  const scan = file.subarray(start, file.length - 2);
  const repeated = (times: number) => {
    const scans = Array.from({ length: times }, () => Array.from(scan)).flat();
    return Uint8Array.from([...file.subarray(0, start), ...scans, 0xff, 0xd9]);
  };
  assert.equal(await decodeImage(repeated(24)), await decodeImage(file));
  await refused(repeated(25), /goes through its pixels more than 24 times/);
});

test.run();
