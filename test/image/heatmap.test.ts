import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { formatValue } from '../../src/image/draw/colorbar.ts';
import { colourNumber, DIVERGING, SEQUENTIAL } from '../../src/image/draw/colormap.ts';
import { heatmap, overlay, scaleOf, sumOverChannels } from '../../src/image/draw/heatmap.ts';

const map = (values: number[], width: number) => ({
  shape: [values.length / width, width],
  data: Float32Array.from(values),
});
const colour = ({ table }: { table: Uint8Array }, i: number) => [...table.subarray(3 * i, 3 * i + 3)];
const luminance = ([r, g, b]: number[]) => 0.2126 * r! ** 2.2 + 0.7152 * g! ** 2.2 + 0.0722 * b! ** 2.2;

test('zero is exactly white, and either sign, however small, is not drawn beyond its side', () => {
  assert.equal(colour(DIVERGING, 128), [255, 255, 255]);
  assert.is(colourNumber(DIVERGING, 0, 7), 128);
  assert.is(colourNumber(DIVERGING, -0, 7), 128);
  assert.is(colourNumber(DIVERGING, 7, 7), 255);
  assert.is(colourNumber(DIVERGING, -7, 7), 1);
  assert.is(colourNumber(DIVERGING, 1e30, 7), 255);
  assert.is(colourNumber(DIVERGING, -1e30, 7), 1);
  for (let i = 1; i < 128; i++) {
    const [redFor, , blueFor] = colour(DIVERGING, 128 + i);
    const [redAgainst, , blueAgainst] = colour(DIVERGING, 128 - i);
    assert.ok(redFor! > blueFor!, `step ${i} for the class is red`);
    assert.ok(blueAgainst! > redAgainst!, `step ${i} against the class is blue`);
  }
});

test('the sequential colours become ever lighter', () => {
  for (let i = 4; i < 256; i += 4) {
    assert.ok(luminance(colour(SEQUENTIAL, i)) > luminance(colour(SEQUENTIAL, i - 4)), `colour ${i}`);
  }
});

test('a heatmap is symmetric around zero, and scaled by the largest magnitude', () => {
  const image = heatmap(map([4, -4, 0, 2, -8, 8], 3), DIVERGING);
  assert.is(image.width, 3);
  assert.is(image.height, 2);
  const expected = [192, 65, 128, 160, 1, 255]; // −63.5 steps round to −63
  assert.equal(
    [...image.data],
    expected.flatMap((i) => colour(DIVERGING, i)),
  );
});

test('constant maps are neutral: white, or the lowest colour', () => {
  for (const value of [0, 0.3, -5]) {
    const constant = map([value, value, value, value], 2);
    assert.is(scaleOf(constant), 0);
    assert.ok(heatmap(constant, DIVERGING).data.every((component) => component === 255));
    assert.equal([...heatmap(constant, SEQUENTIAL).data.subarray(0, 3)], colour(SEQUENTIAL, 0));
  }
});

test('channels are summed before colours are chosen', () => {
  const relevance = { shape: [3, 1, 2], data: Float32Array.of(1, 2, 3, 4, -4, 10) };
  assert.equal(sumOverChannels(relevance), { shape: [1, 2], data: Float64Array.of(0, 16) });
  assert.equal([...heatmap(relevance, DIVERGING).data], [255, 255, 255, ...colour(DIVERGING, 255)]);
  assert.throws(() => sumOverChannels({ shape: [4], data: new Float32Array(4) }), /shape 4 cannot be drawn/);
});

test('a percentile keeps a single bright pixel from outshining the others', () => {
  const values = Array.from({ length: 100 }, (_, i) => (i === 50 ? -1000 : i));
  assert.is(scaleOf(map(values, 10)), 1000);
  assert.is(scaleOf(map(values, 10), 99), 99);
  const sparse = new Array(100).fill(0);
  sparse[3] = 2;
  assert.is(scaleOf(map(sparse, 10), 90), 2);
  assert.throws(() => scaleOf(map(values, 10), 0), /percentile is 0/);
});

test('numbers that are none are not drawn', () => {
  assert.throws(
    () => heatmap(map([1, Number.NaN], 2), DIVERGING, 1),
    (error: unknown) => error instanceof SalientError && error.code === 'bad-tensor',
  );
});

test('an overlay leaves the photograph where the map is zero, and hides it where the map is largest', () => {
  const photo = { width: 3, height: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80, 90) };
  const image = overlay(photo, map([0, 1, -0.5], 3), DIVERGING);
  assert.equal([...image.data.subarray(0, 3)], [10, 20, 30]);
  assert.equal([...image.data.subarray(3, 6)], colour(DIVERGING, 255));
  const half = colour(DIVERGING, colourNumber(DIVERGING, -0.5, 1));
  assert.equal(
    [...image.data.subarray(6)],
    half.map((component, c) => Math.round((component + photo.data[6 + c]!) / 2)),
  );
  assert.equal(overlay(photo, map([3, 3, 3], 3), DIVERGING), photo);
  assert.throws(() => overlay(photo, map([1, 2], 2), DIVERGING), /2×1 map cannot be laid over a 3×1 image/);
});

test('numbers on colour bars have three digits and a real minus sign', () => {
  assert.is(formatValue(0), '0');
  assert.is(formatValue(-0.012345), '−0.0123');
  assert.is(formatValue(4.5678e-7), '4.57e−7');
  assert.is(formatValue(123456789), '1.23e8');
  assert.is(formatValue(28), '28');
});

test.run();
