import type { KernelResult } from './benchmark.ts';
import type { Peaks } from './peaks.ts';

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 70;
const RIGHT = 190;
const TOP = 40;
const BOTTOM = 50;
const COLORS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#17becf', '#8c564b', '#7f7f7f'];

/**
 * A roofline plot in SVG (Williams, Waterman & Patterson 2009): each kernel's rate over its operations per byte, both
 * logarithmic, under what the device's bandwidth and arithmetic allow.
 */
export function rooflinePlot(title: string, kernels: readonly KernelResult[], peaks: Peaks): string {
  const points = kernels
    .filter(({ flops, bytes, milliseconds }) => flops > 0 && bytes > 0 && milliseconds > 0)
    .map(({ phase, operation, layer, flops, bytes, milliseconds }) => ({
      kind: `${phase} ${operation}`,
      layer,
      intensity: flops / bytes,
      rate: flops / milliseconds / 1e6,
    }));
  const ridge = peaks.gflops / peaks.gigabytes;
  const x = logarithmicAxis([...points.map(({ intensity }) => intensity), ridge / 4, ridge * 16], LEFT, WIDTH - RIGHT);
  const y = logarithmicAxis(
    [...points.map(({ rate }) => rate), peaks.gflops / 100, peaks.gflops * 2],
    HEIGHT - BOTTOM,
    TOP,
  );
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const color = (kind: string) => COLORS[kinds.indexOf(kind) % COLORS.length]!;
  const start = 10 ** x.from;
  const roof = [
    [x.at(start), y.at(Math.max(start * peaks.gigabytes, 10 ** y.from))],
    [x.at(ridge), y.at(peaks.gflops)],
    [x.at(10 ** x.to), y.at(peaks.gflops)],
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${escaped(title)}</text>`,
    ...x.decades.flatMap((decade) => [
      `<path d="M${x.at(decade)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/>`,
      `<text x="${x.at(decade)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${decade}</text>`,
    ]),
    ...y.decades.flatMap((decade) => [
      `<path d="M${LEFT} ${y.at(decade)}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
      `<text x="${LEFT - 8}" y="${y.at(decade) + 4}" text-anchor="end">${decade}</text>`,
    ]),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">operations per byte</text>`,
    `<text x="18" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 18 ${HEIGHT / 2})">GFLOP/s</text>`,
    `<polyline points="${roof.map((point) => point.map((value) => value!.toFixed(1)).join(',')).join(' ')}" fill="none" stroke="black" stroke-width="1.5"/>`,
    ...points.map(
      ({ kind, layer, intensity, rate }) =>
        `<circle cx="${x.at(intensity).toFixed(1)}" cy="${y.at(rate).toFixed(1)}" r="4" fill="${color(kind)}" fill-opacity=".7"><title>${escaped(`${kind}, ${layer}: ${rate.toFixed(1)} GFLOP/s at ${intensity.toFixed(2)} per byte`)}</title></circle>`,
    ),
    ...kinds.flatMap((kind, index) => [
      `<circle cx="${WIDTH - RIGHT + 18}" cy="${TOP + 10 + 18 * index}" r="4" fill="${color(kind)}"/>`,
      `<text x="${WIDTH - RIGHT + 28}" y="${TOP + 14 + 18 * index}">${escaped(kind)}</text>`,
    ]),
    '</svg>\n',
  ].join('\n');
}

/** An axis over whole decades around positive values; `at` gives a value's pixel. */
function logarithmicAxis(values: readonly number[], first: number, last: number) {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  const decades = Array.from({ length: to - from + 1 }, (_, index) => Number(`1e${from + index}`));
  const at = (value: number) => first + ((Math.log10(value) - from) / (to - from)) * (last - first);
  return { from, to, decades, at };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
