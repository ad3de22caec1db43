import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blankImage } from '../../src/image/draw/canvas.ts';
import { enlarge } from '../../src/image/draw/enlarge.ts';
import { type MontageRow, montage } from '../../src/image/draw/montage.ts';
import { STROKE_FONT } from '../../src/image/draw/stroke-font.ts';
import { drawText, shortened, textWidth, wrapped } from '../../src/image/draw/text.ts';

const STYLE = { size: 14, colour: [0, 0, 0] } as const;

function row(width: number, height: number, relevance = (i: number) => Math.sin(i)): MontageRow {
  const pixels = width * height;
  return {
    heading: 'AlexNet',
    photo: { width, height, data: Uint8Array.from({ length: 3 * pixels }, (_, i) => (i * 7) % 256) },
    relevance: { shape: [3, height, width], data: Float32Array.from({ length: 3 * pixels }, (_, i) => relevance(i)) },
    salient: { shape: [height, width], data: Float32Array.from({ length: pixels }, (_, i) => i / pixels) },
    classes: [
      { label: 'tiger cat', probability: 0.75, explained: true },
      { label: 'a label that is much longer than any panel could ever be wide', probability: 0.2, explained: false },
    ],
    notes: ['rules: epsilon-plus', 'Ünïcödé 猫'],
  };
}

const pixel = (image: { width: number; data: Uint8Array }, x: number, y: number) => [
  ...image.data.subarray(3 * (y * image.width + x), 3 * (y * image.width + x) + 3),
];

test('equal input makes equal pages', () => {
  const options = { title: 'cat.png', subtitle: 'two networks', rows: [row(64, 64), row(64, 64)] };
  assert.equal(montage(options), montage(options));
});

test('a page has white margins, whatever the shape and size of its maps', () => {
  for (const [width, height] of [
    [224, 224],
    [1, 1],
    [7, 3],
    [300, 20],
    [20, 300],
  ] as const) {
    const page = montage({ title: 'a title '.repeat(60), rows: [row(width, height)] });
    for (let x = 0; x < page.width; x++) {
      assert.equal(pixel(page, x, 5), [255, 255, 255]);
      assert.equal(pixel(page, x, page.height - 5), [255, 255, 255]);
    }
    for (let y = 0; y < page.height; y++) {
      assert.equal(pixel(page, 5, y), [255, 255, 255]);
      assert.equal(pixel(page, page.width - 5, y), [255, 255, 255]);
    }
  }
});

test('the photograph stands in the page, enlarged', () => {
  const source = row(64, 64);
  const page = montage({ title: 'cat', rows: [{ ...source, heading: '' }] });
  const photo = enlarge(source.photo, 7, 'bilinear');
  const firstRow = photo.data.subarray(0, 3 * photo.width).join();
  const rowOf = (y: number) => page.data.subarray(3 * (y * page.width + 40), 3 * (y * page.width + 40 + photo.width));
  const top = Array.from({ length: page.height }, (_, y) => y).find((y) => rowOf(y).join() === firstRow);
  assert.type(top, 'number');
  for (let y = 0; y < photo.height; y++) {
    assert.equal(rowOf(top! + y), photo.data.subarray(3 * y * photo.width, 3 * (y + 1) * photo.width));
  }
});

test('enlarging by nearest repeats pixels, bilinear passes between them', () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 100, 200, 40) };
  const reds = (data: Uint8Array) => [...data].filter((_, i) => i % 3 === 0);
  assert.equal(reds(enlarge(image, 2, 'nearest').data), [0, 0, 100, 100, 0, 0, 100, 100]);
  assert.equal(reds(enlarge(image, 2, 'bilinear').data), [0, 25, 75, 100, 0, 25, 75, 100]);
});

test('a page of a map without relevance is drawn', () => {
  montage({ title: 'nothing', rows: [row(16, 16, () => 0)] });
});

test('maps of another size than the photograph are refused', () => {
  const wrong = { ...row(8, 8), salient: { shape: [8, 9], data: new Float32Array(72) } };
  assert.throws(() => montage({ title: 'wrong', rows: [wrong] }), /9×8 map cannot be laid over a 8×8 image/);
});

test('every printable ASCII character has a glyph of its own', () => {
  const drawings = new Set<string>();
  for (let code = 33; code < 127; code++) {
    const character = String.fromCharCode(code);
    assert.ok(character in STROKE_FONT, character);
    const canvas = blankImage(40, 40, [255, 255, 255]);
    drawText(canvas, character, 5, 28, STYLE);
    assert.ok(
      canvas.data.some((component) => component < 128),
      `${character} leaves ink`,
    );
    drawings.add(canvas.data.join());
  }
  assert.is(drawings.size, 94);
});

test('text keeps within its width and is shortened to fit', () => {
  const width = textWidth('Salient relevance', STYLE);
  const canvas = blankImage(width + 40, 40, [255, 255, 255]);
  drawText(canvas, 'Salient relevance', 20, 28, STYLE);
  for (let y = 0; y < 40; y++) {
    assert.equal(pixel(canvas, 18, y), [255, 255, 255]);
    assert.equal(pixel(canvas, 21 + width, y), [255, 255, 255]);
  }
  assert.is(shortened('Salient relevance', width, STYLE), 'Salient relevance');
  const short = shortened('Salient relevance', width - 30, STYLE);
  assert.match(short, /^Salient rele.*…$/);
  assert.ok(textWidth(short, STYLE) <= width - 30);
});

test('wrapped text loses no word, and no line is too wide', () => {
  const text = 'webgpu (a vendor, an architecture; timestamp-query)';
  const lines = wrapped(text, 200, STYLE);
  assert.ok(lines.length > 2);
  assert.is(lines.join(' '), text);
  for (const line of wrapped(`${text} ${'x'.repeat(60)}`, 200, STYLE)) assert.ok(textWidth(line, STYLE) <= 200, line);
});

test('an accent that the font lacks is dropped', () => {
  const [plain, accented] = ['consomme', 'consommé'].map((text) => {
    const canvas = blankImage(120, 40, [255, 255, 255]);
    drawText(canvas, text, 5, 28, STYLE);
    return canvas;
  });
  assert.equal(plain, accented);
});

test.run();
