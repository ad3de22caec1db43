/** Numbers that a plot shows under one name. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

const WIDTH = 360;
const HEIGHT = 220;
const MARGIN = { left: 44, right: 12, top: 28, bottom: 52 };
const BINS = 24;
const COLOURS = ['#2b6cb0', '#c05621'];

/** A histogram of several series as SVG, each as shares of its own numbers, so that unequal counts compare. */
export function histogram(title: string, series: readonly Series[]): string {
  const all = series.flatMap(({ values }) => values);
  if (all.length === 0) return '';
  const low = Math.min(0, Math.floor(10 * least(all)) / 10);
  const high = Math.max(low + 0.1, Math.ceil(10 * -least(all.map((value) => -value))) / 10);
  const shares = series.map(({ values }) => {
    const bins = new Array<number>(BINS).fill(0);
    for (const value of values)
      bins[Math.min(BINS - 1, Math.floor((BINS * (value - low)) / (high - low)))]! += 1 / values.length;
    return bins;
  });
  const top = -least(shares.flat().map((share) => -share)) || 1;
  const x = (value: number) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * (value - low)) / (high - low);
  const y = (share: number) => HEIGHT - MARGIN.bottom - ((HEIGHT - MARGIN.top - MARGIN.bottom) * share) / top;
  const outline = (bins: readonly number[]) => {
    const points = bins.flatMap((share, bin) => {
      const [from, to] = [low + ((high - low) * bin) / BINS, low + ((high - low) * (bin + 1)) / BINS];
      return [`${x(from).toFixed(1)},${y(share).toFixed(1)}`, `${x(to).toFixed(1)},${y(share).toFixed(1)}`];
    });
    return [`${x(low)},${y(0)}`, ...points, `${x(high)},${y(0)}`].join(' ');
  };
  const ticks = [low, (low + high) / 2, high];
  const parts = [
    `<text x="${MARGIN.left}" y="16" font-size="13" font-weight="600">${title}</text>`,
    ...shares.map(
      (bins, index) =>
        `<polyline points="${outline(bins)}" fill="${COLOURS[index]}" fill-opacity=".25" stroke="${COLOURS[index]}" stroke-width="1.5"/>`,
    ),
    `<line x1="${MARGIN.left}" y1="${y(0)}" x2="${WIDTH - MARGIN.right}" y2="${y(0)}" stroke="#888"/>`,
    ...ticks.map(
      (value) =>
        `<text x="${x(value)}" y="${y(0) + 14}" font-size="11" text-anchor="middle">${value.toFixed(2).replace('-', '−')}</text>`,
    ),
    `<text x="${MARGIN.left - 6}" y="${y(top) + 4}" font-size="11" text-anchor="end">${(100 * top).toFixed(0)} %</text>`,
    ...series.map(({ name, values }, index) => {
      const at = HEIGHT - 22 + 14 * index;
      return `<rect x="${MARGIN.left}" y="${at - 8}" width="10" height="10" fill="${COLOURS[index]}"/><text x="${MARGIN.left + 16}" y="${at + 1}" font-size="11">${name} (${values.length})</text>`;
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}" font-family="system-ui,sans-serif">${parts.join('')}</svg>`;
}

function least(values: readonly number[]): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY);
}
