import type { DeviceComparison, LayerDifference } from '../compare-devices.ts';
import type { Disagreement, Pair } from '../disagreement.ts';
import { shortLabel } from '../image/labels.ts';
import type { Preprocessing } from '../image/preprocess.ts';
import type { Explanation } from '../model.ts';
import type { PoolFlips } from '../pool-flips.ts';
import { formatShape } from '../tensor/tensor.ts';

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
  const of = (pass: LayerDifference['pass']) => differences.filter((difference) => difference.pass === pass).map(row);
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
    heading('forward: what each layer computes'),
    ...of('forward'),
    '',
    heading('relevance: what arrives at each value'),
    ...of('relevance'),
    ...of('saliency'),
    '',
    ...flips.flatMap(flipLines),
    ...(flips.length > 0 && !direct ? [DIRECT_HINT, ''] : []),
    verdict(comparison),
  ];
}

/** Width of the column of names. */
const NAME = 44;

function heading(title: string): string {
  return `${title.padEnd(NAME + 2)} ${'shape'.padEnd(13)}|a-b|/|b|   max |a-b|  at`;
}

function row({ pass, layers, value, shape, relativeError, withinBound, worst }: LayerDifference): string {
  const name = pass === 'relevance' ? `${value} (from ${layers.join(', ')})` : layers.join(' + ');
  const figures = [relativeError, Math.abs(worst.a - worst.b)].map((figure) => figure.toExponential(2).padStart(9));
  const mark = withinBound ? ' ' : '!';
  return `${mark} ${name.padEnd(NAME)} ${formatShape(shape).padEnd(13)}${figures.join('   ')}  ${elementText(worst)}`;
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
