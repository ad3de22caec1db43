import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SalientError } from '../../src/error.ts';
import { addSaliency, saliencyProgram } from '../../src/saliency/add-saliency.ts';
import { SALIENCY_DEFAULTS, type SaliencyOptions } from '../../src/saliency/options.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import type { Shape, Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../support/assert.ts';
import { noise } from '../support/noise.ts';

async function salient(map: Tensor, options: SaliencyOptions = {}): Promise<Tensor> {
  using device = openReferenceDevice();
  const program = await device.prepare(saliencyProgram(map.shape, options));
  return (await program.run(new Map([['map', map.data]]))).outputs.get('salient')!;
}

/** A bell [1,1,height,width] with its top at (y, x). */
function blob(height: number, width: number, y: number, x: number, radius = 5): Tensor {
  const bell = (i: number) => Math.exp(-((Math.floor(i / width) - y) ** 2 + ((i % width) - x) ** 2) / radius ** 2);
  return { shape: [1, 1, height, width], data: Float64Array.from({ length: height * width }, (_, i) => bell(i)) };
}

const filled = (shape: Shape, value: number): Tensor => ({
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b)).fill(value),
});

function assertRange({ data }: Tensor): void {
  assert.is(Math.min(...data), 0);
  assert.is(Math.max(...data), 1);
}

test('a map without pixels is refused', () => {
  for (const shape of [
    [1, 1, 0, 0],
    [1, 3, 0, 5],
    [0, 1, 5, 5],
  ]) {
    assert.throws(
      () => saliencyProgram(shape),
      (error: SalientError) => error.code === 'bad-tensor',
    );
  }
});

for (const input of ['sum', 'paper', 'image'] as const) {
  test(`a constant map has no saliency (input ${input})`, async () => {
    const { shape, data } = await salient(filled([1, 3, 20, 31], 0.4), { input, size: 60 });
    assert.equal(shape, [1, 20, 31]);
    assert.ok(data.every((value) => value === 0));
  });
}

test('a map without positive relevance has no saliency, unless its absolute value is asked for', async () => {
  const map = noise([1, 2, 24, 24], 1);
  for (let i = 0; i < map.data.length; i++) map.data[i] = -Math.abs(map.data[i]!);
  assert.ok((await salient(map, { size: 'none' })).data.every((value) => value === 0));
  assertRange(await salient(map, { size: 'none', absolute: true }));
});

test('a grey picture is as salient as its lightness, whatever noise its colours carry', async () => {
  const lightness = blob(40, 40, 20, 12);
  const shape = [1, 3, 40, 40];
  const grey = { shape, data: Float64Array.from([0, 1, 2].flatMap(() => [...lightness.data])) };
  const noisy = { shape, data: noise(shape, 8).data.map((value, i) => grey.data[i]! + 1e-7 * value) };
  const options = { input: 'image', size: 'none' } as const;
  assertClose((await salient(noisy, options)).data, (await salient(grey, options)).data, 1e-4);
});

test('the planes of `paper` are those of the picture that the map would be saved as', async () => {
  const map = noise([1, 3, 20, 24], 7);
  const peak = map.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const picture = { shape: map.shape, data: map.data.map((value) => Math.floor((255 * Math.abs(value)) / peak) / 255) };
  const [paper, image] = [
    await salient(map, { input: 'paper', size: 40 }),
    await salient(picture, { input: 'image', size: 40 }),
  ];
  assertClose(paper.data, image.data, 1e-12);
});

test('a blob that moves takes its saliency with it', async () => {
  const side = 120;
  const options = { size: side } as const;
  const [dy, dx] = [12, -9];
  const [before, after] = [
    await salient(blob(side, side, 54, 60), options),
    await salient(blob(side, side, 54 + dy, 60 + dx), options),
  ];
  const top = (map: Tensor) => [Math.floor(map.data.indexOf(1) / side), map.data.indexOf(1) % side] as const;
  assert.equal(top(after), [top(before)[0] + dy, top(before)[1] + dx]);
  const centroid = ({ data }: Tensor) => {
    let [mass, y, x] = [0, 0, 0];
    for (const [i, value] of data.entries()) {
      mass += value;
      y += value * Math.floor(i / side);
      x += value * (i % side);
    }
    return [y / mass, x / mass];
  };
  const [from, to] = [centroid(before), centroid(after)];
  assertClose([to[0]! - from[0]!, to[1]! - from[1]!], [dy, dx], 0.02 * side);
  for (let y = 30; y < 90; y++) {
    const row = (map: Tensor, shiftY: number, shiftX: number) =>
      map.data.subarray((y + shiftY) * side + 30 + shiftX, (y + shiftY) * side + 90 + shiftX);
    assertClose(row(after, dy, dx), row(before, 0, 0), 0.1);
  }
});

test('each map of a batch is computed on its own', async () => {
  const maps = [blob(30, 40, 12, 13), noise([1, 1, 30, 40], 2)];
  const both = { shape: [2, 1, 30, 40], data: Float64Array.from(maps.flatMap(({ data }) => [...data])) };
  const options = { size: 50 };
  const { data } = await salient(both, options);
  for (const [n, map] of maps.entries()) {
    assert.equal(data.slice(n * 1200, (n + 1) * 1200), (await salient(map, options)).data);
  }
});

test('a narrow map is that of its edges repeated to a patch, cropped', async () => {
  const width = 50;
  const narrow = noise([1, 1, 3, width], 3);
  const rows = [0, 0, 0, 1, 2, 2, 2].flatMap((y) => [...narrow.data.subarray(y * width, (y + 1) * width)]);
  const wide = await salient({ shape: [1, 1, 7, width], data: Float64Array.from(rows) }, { size: 'none', scales: [1] });
  const cropped = wide.data.subarray(2 * width, 5 * width);
  const [low, high] = [Math.min(...cropped), Math.max(...cropped)];
  const expected = cropped.map((value) => (value - low) / (high - low));
  assertClose((await salient(narrow, { size: 'none', scales: [1] })).data, expected, 1e-12);
});

test('maps of one row, one column and one pixel have a saliency map', async () => {
  assertRange(await salient(noise([1, 1, 1, 90], 4)));
  assertRange(await salient(noise([1, 1, 90, 1], 5)));
  assert.equal([...(await salient(filled([1, 1, 1, 1], 3))).data], [0]);
});

test('every form of context and a centre prior give maps in [0,1] that differ', async () => {
  const map = noise([1, 3, 40, 50], 6);
  const results: Tensor[] = [];
  for (const options of [{ foci: 'scale' }, { foci: 'mean' }, { foci: 'none' }, { centrePrior: 1 / 6 }] as const) {
    results.push(await salient(map, { ...options, size: 60 }));
  }
  for (const [i, result] of results.entries()) {
    assertRange(result);
    for (const other of results.slice(i + 1)) assert.not.equal(other.data, result.data);
  }
});

test('a centre prior takes saliency away from the border', async () => {
  const two = blob(60, 60, 30, 30);
  const border = blob(60, 60, 6, 6);
  for (const [i, value] of border.data.entries()) two.data[i]! += value;
  const at = (map: Tensor) => map.data[6 * 60 + 6]!;
  const plain = await salient(two, { size: 'none', foci: 'none' });
  const centred = await salient(two, { size: 'none', foci: 'none', centrePrior: 1 / 6 });
  assert.ok(at(plain) > 0.5 && at(centred) < 0.2);
});

test('dense queries agree with sparse ones where both look', async () => {
  const map = blob(48, 48, 20, 26);
  const sparse = await salient(map, { size: 'none', scales: [1], foci: 'none' });
  const dense = await salient(map, { size: 'none', scales: [1], foci: 'none', queryStride: 1 });
  let difference = 0;
  for (let i = 0; i < dense.data.length; i++)
    difference = Math.max(difference, Math.abs(dense.data[i]! - sparse.data[i]!));
  assert.ok(difference > 1e-3 && difference < 0.2, `${difference}`);
});

test('a scale without candidates is left out; when none is left, that is an error', async () => {
  const map = blob(20, 20, 8, 8, 3);
  const options = { size: 'none' } as const;
  assert.equal(
    (await salient(map, { ...options, scales: [1, 0.3] })).data,
    (await salient(map, { ...options, scales: [1] })).data,
  );
  assert.throws(
    () => saliencyProgram([1, 1, 20, 20], { ...options, scales: [0.3, 0.1] }),
    /no candidates: 20×20 pixels at scale 0\.3, 0\.1 have no room for patches of 7×7.*add scale 1/,
  );
});

test('a map too large to be left at its size is refused', () => {
  assert.throws(
    () => saliencyProgram([1, 1, 8, 1025], { size: 'none' }),
    /at most 1024 pixels; this one has 8×1025; give a size/,
  );
});

test('images of one size are resized once, for all scales that use them', () => {
  const { steps } = saliencyProgram([1, 1, 100, 100]);
  // The working image; 125, 63; 200, 100, 50; 75; four enlarged grids; the result: .5 finds its images there.
  assert.is(steps.filter(({ operation }) => operation.name === 'resample').length, 1 + 2 + 3 + 1 + 4 + 1);
});

test('the builder comes back as it was, and the steps are of the phase saliency', () => {
  const builder = new ProgramBuilder();
  builder.layer = 'conv1';
  const id = addSaliency(builder, builder.input('map', [2, 3, 32, 24]), SALIENCY_DEFAULTS);
  assert.equal(builder.shape(id), [2, 32, 24]);
  assert.equal([builder.layer, builder.phase], ['conv1', 'forward']);
  builder.output('salient', id);
  const { steps } = builder.build();
  assert.ok(steps.every(({ phase, layer }) => phase === 'saliency' && layer.startsWith('saliency')));
});

test.run();
