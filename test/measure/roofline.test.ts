import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeResults } from '../../src/cli/commands/bench.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { type Drawing, type Label, type Shape, toPixels, toSvg } from '../../src/image/draw/drawing.ts';
import type { KernelResult } from '../../src/measure/benchmark.ts';
import { rooflinePlot } from '../../src/measure/roofline.ts';
import { KERNEL } from '../support/kernel-result.ts';

const peaks = { gflops: 100, gigabytes: 10 };
/** 200 operations per byte, at half the peak. */
const kernel: KernelResult = { ...KERNEL, bytes: 5e5 };
const plot = rooflinePlot('a title', [kernel], peaks);

function shapesOf<K extends Shape['kind']>({ shapes }: Drawing, kind: K): Extract<Shape, { kind: K }>[] {
  return shapes.filter((shape): shape is Extract<Shape, { kind: K }> => shape.kind === kind);
}

function roofOf(drawing: Drawing) {
  return shapesOf(drawing, 'polyline').find(({ points }) => points.length === 3)!.points;
}

/** Where the axes' numbers say that a kernel belongs. */
function place(drawing: Drawing, intensity: number, rate: number): [x: number, y: number] {
  const along = (anchor: string, value: number, at: (label: Label) => number) => {
    const numbers = shapesOf(drawing, 'label').filter((label) => label.anchor === anchor && Number(label.text) > 0);
    const [first, last] = [numbers[0]!, numbers.at(-1)!];
    const [from, to] = [Math.log10(Number(first.text)), Math.log10(Number(last.text))];
    return at(first) + ((Math.log10(value) - from) / (to - from)) * (at(last) - at(first));
  };
  return [along('middle', intensity, ({ x }) => x), along('end', rate, ({ y, style }) => y - style.size / 2)];
}

function near(actual: readonly number[], expected: readonly number[]): void {
  assert.ok(actual.length === 2 && actual.every((value, i) => Math.abs(value - expected[i]!) < 0.01), actual.join());
}

async function decoded(drawing: Drawing, scale: number) {
  const image = PNG.sync.read(Buffer.from(await encodePng(toPixels(drawing, scale))));
  const pixel = (x: number, y: number) => {
    const at = 4 * (Math.floor(scale * y) * image.width + Math.floor(scale * x));
    return [...image.data.subarray(at, at + 3)];
  };
  return { image, pixel };
}

test('a kernel at half the peak lies below the roof, at its operations per byte', () => {
  const { x, y } = shapesOf(plot, 'disc')[0]!;
  near([x, y], place(plot, 200, 50));
});

test('the roof rises with the bandwidth to the peak, and goes on at it, within the plot', () => {
  const [start, ridge, end] = roofOf(plot);
  near(start!, place(plot, 1, 10));
  near(ridge!, place(plot, 10, 100));
  near(end!, place(plot, 1000, 100));
  const wide = rooflinePlot('', [{ ...kernel, bytes: 1e13 }], peaks);
  near(roofOf(wide)[0]!, place(wide, 1, 10));
});

test('the plot says which operations it counts', () => {
  assert.match(toSvg(plot), /the direct algorithm: Winograd, or shared products, can pass the roof/);
});

test('the SVG says which layer a disc is', () => {
  const { x, y } = shapesOf(plot, 'disc')[0]!;
  const svg = toSvg(plot);
  const [, cx, cy, title] = svg.match(/<circle cx="([\d.]+)" cy="([\d.]+)".*?<title>(.*?)<\/title>/)!;
  assert.is(title, 'forward conv, conv1 &lt;first>: 50.0 GFLOP/s at 200.00 per byte');
  assert.ok(Math.abs(Number(cx) - x) < 0.1 && Math.abs(Number(cy) - y) < 0.1);
  assert.is(svg.match(/<polyline/g)!.length, shapesOf(plot, 'polyline').length);
});

test('the PNG shows the same, in pixels', async () => {
  const { image, pixel } = await decoded(plot, 2);
  assert.equal([image.width, image.height], [2 * plot.width, 2 * plot.height]);
  const [x, y] = place(plot, 200, 50);
  const blue = [31, 119, 180].map((component) => Math.round(255 + 0.75 * (component - 255)));
  assert.equal(pixel(x, y), blue);
  assert.equal(pixel(x + 3, y), blue);
  assert.equal(pixel(x + 5, y + 5), [255, 255, 255]);
  for (const [intensity, rate] of [
    [2, 20],
    [5, 50],
    [20, 100],
    [300, 100],
  ] as const) {
    const [x, y] = place(plot, intensity, rate);
    assert.equal(pixel(x, y), [28, 28, 34], `the roof at ${intensity}`);
    assert.equal(pixel(x, y - 4), [255, 255, 255], `above the roof at ${intensity}`);
  }
});

test('long titles and many kinds of kernels have room', async () => {
  const kernels = Array.from({ length: 30 }, (_, i) => ({ ...kernel, operation: `average-pool-transpose-${i}` }));
  const device = 'webgpu (google swiftshader SwiftShader driver 5.0.0; timestamp-query, subgroups; a software adapter)';
  const full = rooflinePlot(`vgg16, batch 1, epsilon-plus: ${device} ${'x'.repeat(300)}`, kernels, peaks);
  for (const { y, text } of shapesOf(full, 'label')) assert.ok(y < full.height - 8, text);
  const { pixel } = await decoded(full, 1);
  for (let x = 0; x < full.width; x++) {
    for (const y of [5, full.height - 5]) assert.equal(pixel(x, y), [255, 255, 255]);
  }
  for (let y = 0; y < full.height; y++) {
    for (const x of [5, full.width - 5]) assert.equal(pixel(x, y), [255, 255, 255]);
  }
});

test('a benchmark with kernels leaves its plots as SVG and PNG', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'salient-bench-'));
  try {
    const environment = { processor: 'a processor', runtime: 'a runtime', commit: 'abc', date: '2026-01-01' };
    const other = { ...kernel, model: 'vgg16' } as const;
    await writeResults(folder, environment, {
      device: 'a device',
      peaks,
      allPeaks: [peaks],
      stages: [],
      kernels: [kernel, other],
    });
    const plots = ['alexnet', 'vgg16'].flatMap((model) =>
      ['png', 'svg'].map((format) => `roofline.${model}.1.epsilon-plus.${format}`),
    );
    assert.equal(readdirSync(folder).sort(), ['bench.json', 'bench.md', ...plots]);
    assert.match(readFileSync(join(folder, plots[1]!), 'utf8'), /^<svg .*<\/svg>\n$/s);
    assert.ok(PNG.sync.read(readFileSync(join(folder, plots[0]!))).width > 1000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
