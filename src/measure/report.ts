import { isJoined } from '../tensor/measured.ts';
import type { BenchmarkResult, KernelResult, StageResult } from './benchmark.ts';
import type { Peaks } from './peaks.ts';
import { ratesOf, stageRates } from './rates.ts';

/** Where and when a benchmark ran: only what its figures depend on. */
export interface Environment {
  /** Processor, and how many cores of it. */
  readonly processor: string;
  /** E.g. `Node.js 22.12.0 (V8 12.4), linux x64`. */
  readonly runtime: string;
  /** Of this project. */
  readonly commit: string;
  readonly date: string;
}

export function environmentLines({ processor, runtime, commit, date }: Environment): string[] {
  return [`- processor: ${processor}`, `- runtime: ${runtime}`, `- commit: ${commit}, ${date}`];
}

/** The report of a benchmark in Markdown. */
export function markdownReport(environment: Environment, result: BenchmarkResult): string {
  const { peaks, stages, kernels } = result;
  return [
    '# Throughput',
    '',
    `- device: ${result.device}`,
    ...environmentLines(environment),
    `- measured peak: ${peaks.gflops.toFixed(1)} GFLOP/s (multiply-adds in registers), ${peaks.gigabytes.toFixed(1)} GB/s (y = max(x, 0), read and written)`,
    ...unsteady(result.allPeaks),
    ...(result.interrupted ? ['- interrupted: these stages were measured before'] : []),
    '',
    'Synthetic weights, noise as input. LRP includes its forward pass. GFLOP/s count the direct algorithm, so that',
    'Winograd, or products that overlapping patches share, can pass the peak; the share of the bandwidth counts every',
    'tensor read or written once.',
    '',
    ...stageTable(stages, peaks),
    ...(kernels.length > 0 ? ['', '## Kernels', '', ...kernelTable(kernels, peaks)] : []),
    '',
  ].join('\n');
}

/** Peaks that differ by so much make the shares of a run doubtful. */
const STEADY = 1.1;

/** A line on peaks that changed while the benchmark ran. */
function unsteady(all: readonly Peaks[]): string[] {
  const spans = (['gflops', 'gigabytes'] as const).map((name) => {
    const values = all.map((peaks) => peaks[name]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const unit = name === 'gflops' ? 'GFLOP/s' : 'GB/s';
    return high > STEADY * low ? [`${low.toFixed(1)} to ${high.toFixed(1)} ${unit}`] : [];
  });
  const changed = spans.flat();
  if (changed.length === 0) return [];
  return [`- the peaks changed from one measurement to the next (${changed.join(', ')}); shares are of the largest`];
}

function stageTable(stages: readonly StageResult[], peaks: Peaks): string[] {
  const rows = stages.map((stage) => {
    const { milliseconds: time, bytesHeld } = stage;
    const { imagesPerSecond, gflops, ofPeak, ofBandwidth } = stageRates(stage, peaks);
    const notes = [
      stage.timesForward && `${stage.timesForward.median.toFixed(2)} × forward`,
      stage.fallbacks?.length ? `reference: ${stage.fallbacks.join(', ')}` : undefined,
      stage.failure,
    ];
    return [
      stage.model,
      String(stage.batch),
      [stage.stage, stage.variant].filter(Boolean).join(' '),
      time ? milliseconds(time.median) : '-',
      time && time.count > 1 ? `${milliseconds(time.low)}–${milliseconds(time.high)}` : '-',
      imagesPerSecond === undefined ? '-' : significant(imagesPerSecond),
      tenths(gflops),
      percent(ofPeak),
      percent(ofBandwidth),
      bytesHeld === undefined ? '-' : `${(bytesHeld / 2 ** 20).toFixed(0)}`,
      notes.filter(Boolean).join('; '),
    ];
  });
  const head = ['network', 'batch', 'stage', 'median ms', '5–95 % ms', 'images/s', 'GFLOP/s', 'of peak'];
  return markdownTable([...head, 'of bandwidth', 'MiB held', 'notes'], rows);
}

function kernelTable(kernels: readonly KernelResult[], peaks: Peaks): string[] {
  const rows = kernels.map((kernel) => {
    const { model, batch, program, layer, phase, operation, milliseconds: time } = kernel;
    const { gflops, gigabytes, ofPeak, ofBandwidth } = ratesOf(kernel, time, peaks);
    return [
      `${model} ×${batch}, ${program}`,
      phase,
      layer,
      operation,
      milliseconds(time),
      tenths(gflops),
      percent(ofPeak),
      tenths(gigabytes),
      percent(ofBandwidth),
    ];
  });
  const head = ['program', 'phase', 'layer', 'kernel', 'ms', 'GFLOP/s', 'of peak', 'GB/s', 'of bandwidth'];
  return [...markdownTable(head, rows), ...(kernels.some(isJoined) ? ['', JOINED] : [])];
}

const JOINED =
  'A `conv` without GFLOP/s has its sums made by an earlier step of the same layer, where the time and operations of ' +
  'both are counted; its own time is that of finishing them.';

/** The lines of a Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** A time of 0 is below the clock's resolution, which is 0.1 ms for GPUs in browsers and finer elsewhere. */
export function milliseconds(value: number): string {
  if (value < 0.0005) return value > 0 ? '< 0.001' : '< 0.1';
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3);
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function tenths(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 0.05 ? '< 0.1' : value.toFixed(1);
}

function percent(share: number | undefined): string {
  if (share === undefined) return '-';
  return share < 0.005 ? '< 1 %' : `${(100 * share).toFixed(0)} %`;
}

/** All results, with what follows from them, for programs. */
export function jsonReport(environment: Environment, result: BenchmarkResult): string {
  const { peaks } = result;
  const stages = result.stages.map((stage) => ({ ...stage, ...stageRates(stage, peaks) }));
  const kernels = result.kernels.map((kernel) => ({ ...kernel, ...ratesOf(kernel, kernel.milliseconds, peaks) }));
  return JSON.stringify({ environment, ...result, stages, kernels }, undefined, 2);
}
