import type { BenchmarkResult, KernelResult, StageResult } from './benchmark.ts';
import type { Peaks } from './peaks.ts';

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
    '',
    'Synthetic weights, noise as input. LRP includes its forward pass. GFLOP/s count the direct algorithm, so that',
    'Winograd can pass the peak; the share of the bandwidth counts every tensor read or written once.',
    '',
    ...stageTable(stages, peaks),
    ...(kernels.length > 0 ? ['', '## Kernels', '', ...kernelTable(kernels, peaks)] : []),
    '',
  ].join('\n');
}

function stageTable(stages: readonly StageResult[], peaks: Peaks): string[] {
  const rows = stages.map((stage) => {
    const { milliseconds: time, work, bytesHeld } = stage;
    const rate = (amount: number) => (time === undefined ? 0 : amount / time.median / 1e6);
    const notes = [
      stage.timesForward && `${stage.timesForward.median.toFixed(2)} × forward`,
      stage.fallbacks?.length ? `reference: ${stage.fallbacks.join(', ')}` : undefined,
      stage.failure,
    ];
    const perRun = stage.stage !== 'load' && stage.stage !== 'prepare';
    return [
      stage.model,
      String(stage.batch),
      [stage.stage, stage.variant].filter(Boolean).join(' '),
      time ? milliseconds(time.median) : '-',
      time && time.count > 1 ? `${milliseconds(time.low)}–${milliseconds(time.high)}` : '-',
      time && perRun ? significant((1000 * stage.batch) / time.median) : '-',
      work ? rate(work.flops).toFixed(1) : '-',
      work ? percent(rate(work.flops) / peaks.gflops) : '-',
      work ? percent(rate(work.bytes) / peaks.gigabytes) : '-',
      bytesHeld === undefined ? '-' : `${(bytesHeld / 2 ** 20).toFixed(0)}`,
      notes.filter(Boolean).join('; '),
    ];
  });
  const head = ['network', 'batch', 'stage', 'median ms', '5–95 % ms', 'images/s', 'GFLOP/s', 'of peak'];
  return markdownTable([...head, 'of bandwidth', 'MiB held', 'notes'], rows);
}

function kernelTable(kernels: readonly KernelResult[], peaks: Peaks): string[] {
  const rows = kernels.map((kernel) => {
    const { model, batch, composite, layer, phase, operation, milliseconds: time, flops, bytes } = kernel;
    const rate = (amount: number) => (time > 0 ? amount / time / 1e6 : 0);
    return [
      `${model} ×${batch}, ${composite}`,
      phase,
      layer,
      operation,
      milliseconds(time),
      rate(flops).toFixed(1),
      percent(rate(flops) / peaks.gflops),
      rate(bytes).toFixed(1),
    ];
  });
  return markdownTable(['program', 'phase', 'layer', 'kernel', 'ms', 'GFLOP/s', 'of peak', 'GB/s'], rows);
}

/** The lines of a Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3);
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
