import type { DeviceComparison, LayerDifference } from '../../compare/compare-devices.ts';
import type { Disagreement, Pair } from '../../compare/disagreement.ts';
import type { PoolFlips } from '../../compare/pool-flips.ts';
import { shortLabel } from '../../image/labels.ts';
import type { Preprocessing } from '../../image/preprocess.ts';
import type { Explanation } from '../../model/explanation.ts';
import { formatShape } from '../../tensor/tensor.ts';

/** A comparison of two devices with all that is needed to make it again. */
export interface DiffReport {
  readonly version: string;
  readonly platform: string;
  readonly devices: Pair<string>;
  readonly model: { readonly file: string; readonly sha256: string };
  readonly input: string;
  readonly preprocessing: Preprocessing;
  readonly composite: string;
  /** Whether convolutions were direct sums only. */
  readonly direct: boolean;
  readonly comparison: DeviceComparison;
}

/** The report as plain data: the maps left out, the predicted classes kept. */
export function summaryOf({ comparison, ...head }: DiffReport): Record<string, unknown> {
  const { explanations, ...rest } = comparison;
  const predicted = { a: explanations.a.map(best), b: explanations.b.map(best) };
  return { ...head, predicted, ...rest };
}

/** The report for people; the last line is the verdict. */
export function reportLines(report: DiffReport): string[] {
  const { version, platform, devices, model, input, preprocessing, composite, direct, comparison } = report;
  const { differences, flips, explanations } = comparison;
  const widths: Widths = {
    name: Math.max(...differences.map((difference) => nameOf(difference).length), NAME),
    shape: Math.max(...differences.map(({ shape }) => formatShape(shape).length), 'shape'.length),
  };
  const of = (pass: LayerDifference['pass']) =>
    differences.filter((difference) => difference.pass === pass).map((difference) => row(difference, widths));
  const predicted = (samples: readonly Explanation[]) =>
    samples
      .map((sample) => `${best(sample).index} ${shortLabel(best(sample).label)} ${best(sample).logit.toPrecision(7)}`)
      .join(', ');
  return [
    `salient ${version}, ${platform}`,
    `a: ${devices.a}`,
    `b: ${devices.b}`,
    `model: ${model.file}, SHA-256 ${model.sha256}`,
    `input: ${input}`,
    `preprocessing: ${JSON.stringify(preprocessing)}`,
    `composite: ${composite}${direct ? ', direct sums' : ''}`,
    `predicted: a ${predicted(explanations.a)}; b ${predicted(explanations.b)}`,
    '',
    heading('forward: what each layer computes', widths),
    ...of('forward'),
    '',
    heading('relevance: what arrives at each value', widths),
    ...of('relevance'),
    ...of('saliency'),
    '',
    ...flips.flatMap(flipLines),
    ...(flips.length > 0 && !direct ? [DIRECT_HINT, ''] : []),
    verdict(comparison),
  ];
}

/** Least width of the column of names: the headings fit. */
const NAME = 44;

/** Columns are as wide as their longest entry. */
interface Widths {
  readonly name: number;
  readonly shape: number;
}

function heading(title: string, { name, shape }: Widths): string {
  return `${title.padEnd(name + 2)} ${'shape'.padEnd(shape)} |a-b|/|b|   max |a-b|  at`;
}

function nameOf({ pass, layers, value }: LayerDifference): string {
  return pass === 'relevance' ? `${value} (from ${layers.join(', ')})` : layers.join(' + ');
}

function row(difference: LayerDifference, widths: Widths): string {
  const { shape, relativeError, withinBound, worst } = difference;
  const figures = [relativeError, Math.abs(worst.a - worst.b)].map((figure) => figure.toExponential(2).padStart(9));
  const mark = withinBound ? ' ' : '!';
  return `${mark} ${nameOf(difference).padEnd(widths.name)} ${formatShape(shape).padEnd(widths.shape)} ${figures.join('   ')}  ${elementText(worst)}`;
}

const DIRECT_HINT =
  'Equal values that only rounding tells apart, as in drawings and text, have the same winner everywhere in large networks, too, with --direct.';

function flipLines({ layer, count, share, largest }: PoolFlips): string[] {
  const { index, sample, relevance, winners } = largest;
  const windows = count === 1 ? '1 window has its maximum' : `${count} windows have their maximum`;
  return [
    `max pooling ${layer}: ${windows} elsewhere on the other device (${share.toExponential(2)} of the relevance there).`,
    `  The one with most relevance, ${relevance.toPrecision(6)}, is ${where({ index, sample })}:`,
    `  a chose ${elementText(winners.a)}`,
    `  b chose ${elementText(winners.b)}`,
    '',
  ];
}

function verdict({ bound, first, differences }: DeviceComparison): string {
  if (differences.every(({ worst }) => worst.a === worst.b)) return `all ${differences.length} values are equal`;
  if (first === undefined) {
    const largest = differences.reduce((most, next) => (next.relativeError > most.relativeError ? next : most));
    return `all ${differences.length} values agree within ${bound}; the largest relative error is ${largest.relativeError.toExponential(2)}, ${titleOf(largest)}`;
  }
  const past = differences.filter(({ withinBound }) => !withinBound).length;
  return `${past} of ${differences.length} values are past the bound ${bound}; the first is ${titleOf(first)}: relative error ${first.relativeError.toExponential(2)}, worst ${elementText(first.worst)}`;
}

function titleOf({ pass, layers, value }: LayerDifference): string {
  switch (pass) {
    case 'forward':
      return `the output of ${layers.join(' + ')}`;
    case 'relevance':
      return `the relevance of ${value}, handed down by ${layers.join(', ')}`;
    case 'saliency':
      return 'the SR map';
  }
}

function elementText({ a, b, ...place }: Disagreement): string {
  return `${where(place)} a ${a.toPrecision(9)} b ${b.toPrecision(9)}`;
}

function where({ index, sample }: Pick<Disagreement, 'index' | 'sample'>): string {
  return `${sample === 0 ? '' : `sample ${sample} `}[${index.join(',')}]`;
}

function best({ classes }: Explanation) {
  return classes[0]!;
}
