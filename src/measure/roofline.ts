import type { Colour } from '../image/draw/canvas.ts';
import type { Drawing, Label, Shape } from '../image/draw/drawing.ts';
import { type TextStyle, textWidth, wrapped } from '../image/draw/text.ts';
import type { BenchmarkResult, KernelResult } from './benchmark.ts';
import type { Peaks } from './peaks.ts';

const INK: Colour = [28, 28, 34];
const GRID: Colour = [222, 222, 227];
/** One for each kind of kernel, in the order in which they first run. */
const COLOURS: readonly Colour[] = [
  [31, 119, 180],
  [214, 39, 40],
  [44, 160, 44],
  [148, 103, 189],
  [255, 127, 14],
  [23, 190, 207],
  [140, 86, 75],
  [227, 119, 194],
  [188, 189, 34],
  [127, 127, 127],
];

const TITLE: TextStyle = { size: 10.5, colour: INK };
const TEXT: TextStyle = { size: 9, colour: INK };
const TITLE_LINE = 18;
const MARGIN = 16;
/** Room left of the plot and below it, for the axes' numbers and names. */
const AXIS = { left: 62, bottom: 64 };
const NOTE = 'operations of the direct algorithm: Winograd, or shared products, can pass the roof';
const PLOT = { width: 500, height: 370 };
const LEGEND = { gap: 20, mark: 18, text: 26, line: 18 };
const ROOF_WIDTH = 1.5;
const DISC = { radius: 4, opacity: 0.75 };

/** One plot for each program whose steps were timed, by a name for a file. */
export function rooflines({ device, kernels, peaks }: BenchmarkResult): Map<string, Drawing> {
  const programs = new Map<string, KernelResult[]>();
  for (const kernel of kernels) {
    const name = `${kernel.model}.${kernel.batch}.${kernel.program.replace(' ', '-')}`;
    programs.set(name, [...(programs.get(name) ?? []), kernel]);
  }
  const plots = new Map<string, Drawing>();
  for (const [name, steps] of programs) {
    const { model, batch, program } = steps[0]!;
    plots.set(name, rooflinePlot(`${model}, batch ${batch}, ${program}: ${device}`, steps, peaks));
  }
  return plots;
}

/**
 * A roofline plot (Williams, Waterman & Patterson 2009): each kernel's GFLOP/s over its operations per byte,
 * both logarithmic, under what the device's bandwidth and arithmetic allow. Steps without work or time are left out.
 */
export function rooflinePlot(title: string, kernels: readonly KernelResult[], peaks: Peaks): Drawing {
  const points = kernels
    .filter(({ flops, bytes, milliseconds }) => flops > 0 && bytes > 0 && milliseconds > 0)
    .map(({ phase, operation, layer, flops, bytes, milliseconds }) => ({
      kind: `${phase} ${operation}`,
      layer,
      intensity: flops / bytes,
      rate: flops / milliseconds / 1e6,
    }));
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const disc = (kind: string, x: number, y: number) => {
    return { kind: 'disc', x, y, ...DISC, colour: COLOURS[kinds.indexOf(kind) % COLOURS.length]! } as const;
  };

  const [gflops, gigabytes] = [peaks.gflops, peaks.gigabytes].map((peak) => Number(peak.toPrecision(3)));
  const roofName = `measured: ${gflops} GFLOP/s, ${gigabytes} GB/s`;
  const legendWidth = LEGEND.text + Math.max(...[roofName, ...kinds].map((name) => textWidth(name, TEXT)));
  const width = MARGIN + AXIS.left + PLOT.width + LEGEND.gap + legendWidth + MARGIN;
  const titleLines = wrapped(title, width - 2 * MARGIN, TITLE);
  const [left, top] = [MARGIN + AXIS.left, MARGIN + TITLE_LINE * titleLines.length + 32];
  const [right, bottom] = [left + PLOT.width, top + PLOT.height];
  const legend = right + LEGEND.gap;
  const legendLine = (index: number) => top + LEGEND.line * index;

  const ridge = peaks.gflops / peaks.gigabytes;
  const x = logarithmicAxis([...points.map(({ intensity }) => intensity), ridge / 4, ridge * 16], left, right);
  const y = logarithmicAxis([...points.map(({ rate }) => rate), peaks.gflops / 10, peaks.gflops * 2], bottom, top);
  const start = Math.max(x.low, y.low / peaks.gigabytes);
  const roof = [
    [x.at(start), y.at(start * peaks.gigabytes)],
    [x.at(ridge), y.at(peaks.gflops)],
    [right, y.at(peaks.gflops)],
  ] as const;

  return {
    width,
    height: Math.max(bottom + AXIS.bottom, legendLine(kinds.length)) + MARGIN,
    shapes: [
      ...titleLines.map((text, i) => label(text, MARGIN, MARGIN + TITLE.size + TITLE_LINE * i, 'start', TITLE)),
      ...x.decades.flatMap(({ value, at }) => [
        line(GRID, 1, [at, top], [at, bottom]),
        label(String(value), at, bottom + 18, 'middle'),
      ]),
      ...y.decades.flatMap(({ value, at }) => [
        line(GRID, 1, [left, at], [right, at]),
        label(String(value), left - 8, at + TEXT.size / 2, 'end'),
      ]),
      label('operations per byte', (left + right) / 2, bottom + AXIS.bottom - 26, 'middle'),
      label(NOTE, (left + right) / 2, bottom + AXIS.bottom - 6, 'middle'),
      label('GFLOP/s', MARGIN, top - 16, 'start'),
      line(INK, ROOF_WIDTH, ...roof),
      ...points.map(({ kind, layer, intensity, rate }) => ({
        ...disc(kind, x.at(intensity), y.at(rate)),
        title: `${kind}, ${layer}: ${rate.toFixed(1)} GFLOP/s at ${intensity.toFixed(2)} per byte`,
      })),
      line(INK, ROOF_WIDTH, [legend, legendLine(0)], [legend + LEGEND.mark, legendLine(0)]),
      ...kinds.map((kind, i) => disc(kind, legend + LEGEND.mark / 2, legendLine(i + 1))),
      ...[roofName, ...kinds].map((name, i) => {
        return label(name, legend + LEGEND.text, legendLine(i) + TEXT.size / 2, 'start');
      }),
    ],
  };
}

function line(colour: Colour, width: number, ...points: readonly (readonly [x: number, y: number])[]): Shape {
  return { kind: 'polyline', points, width, colour };
}

function label(text: string, x: number, y: number, anchor: Label['anchor'], style = TEXT): Shape {
  return { kind: 'label', text, x, y, anchor, style };
}

/** An axis over whole decades around positive values; `at` gives a value's place. */
function logarithmicAxis(values: readonly number[], first: number, last: number) {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  const at = (value: number) => first + ((Math.log10(value) - from) / (to - from)) * (last - first);
  const decades = Array.from({ length: to - from + 1 }, (_, i) => {
    const value = Number(`1e${from + i}`);
    // On whole units, where thin lines are sharp.
    return { value, at: Math.round(at(value)) };
  });
  return { low: decades[0]!.value, decades, at };
}
