/** The benchmark in a browser: the same measurements as `salient bench`, with onnxruntime-web as a peer. */

import { toSvg } from '../../src/image/draw/drawing.ts';
import { composite } from '../../src/lrp/composite.ts';
import { type BenchmarkResult, benchmark } from '../../src/measure/benchmark.ts';
import { type Environment, jsonReport, markdownReport } from '../../src/measure/report.ts';
import { rooflines } from '../../src/measure/roofline.ts';
import type { SyntheticModelName } from '../../src/onnx/synthetic.ts';
import { type DeviceChoice, openDevice } from '../../src/tensor/open-device.ts';
import { comparePeers, type PeerTimes, peersReport } from './peers.ts';

const form = document.querySelector('form')!;
const status = document.querySelector('#status')!;
const report = document.querySelector('#report')!;
const plots = document.querySelector('#plots')!;
const files = document.querySelector('#files')!;
const button = document.querySelector('button')!;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  report.textContent = '';
  plots.replaceChildren();
  offer(new Map());
  try {
    await measure(new FormData(form));
    status.textContent = 'done';
  } catch (error) {
    status.textContent = `failed: ${error instanceof Error ? error.message : error}`;
  } finally {
    button.disabled = false;
  }
});

async function measure(values: FormData): Promise<void> {
  const onStage = (what: string) => {
    status.textContent = what;
  };
  const model = values.get('model') as SyntheticModelName;
  const compositeName = composite(String(values.get('composite')), { low: [0], high: [0] }).name;
  const [batch, rounds] = [count('batch'), count('rounds')];
  const about = await environment();
  using device = await openDevice(values.get('device') as DeviceChoice);
  const result = await benchmark(device, {
    models: [model],
    composites: [compositeName],
    batches: [batch],
    rounds,
    kernels: values.has('kernels'),
    onStage,
  });
  show(about, result);
  if (values.has('peers')) show(about, result, await comparePeers(device, model, { rounds }, onStage));
}

/** The whole number of a field, within the field's own bounds: a script may submit what the browser would refuse. */
function count(name: string): number {
  const { value, min, max } = form.elements.namedItem(name) as HTMLInputElement;
  const number = Number(value);
  if (value !== '' && Number.isInteger(number) && number >= Number(min) && number <= Number(max)) return number;
  throw new Error(`${name} is "${value}"; expected a whole number from ${min} to ${max}`);
}

/** Shows the results, and offers them as the files that `salient bench --out` writes. */
function show(about: Environment, result: BenchmarkResult, peers?: readonly PeerTimes[]): void {
  const markdown = markdownReport(about, result) + (peers ? `\n${peersReport(peers)}` : '');
  const all = peers ? { ...result, peers } : result;
  const results = new Map([
    ['bench.md', new Blob([markdown], { type: 'text/markdown' })],
    ['bench.json', new Blob([`${jsonReport(about, all)}\n`], { type: 'application/json' })],
  ]);
  report.textContent = markdown;
  const drawn = [...rooflines(result)].map(([name, plot]) => [name, toSvg(plot)] as const);
  plots.innerHTML = drawn.map(([, plot]) => plot).join('');
  for (const [name, plot] of drawn) results.set(`roofline.${name}.svg`, new Blob([plot], { type: 'image/svg+xml' }));
  offer(results);
}

/** Links to save files by, in place of those before. */
function offer(results: ReadonlyMap<string, Blob>): void {
  for (const { href } of files.querySelectorAll('a')) URL.revokeObjectURL(href);
  const links = [...results].map(([name, blob]) => {
    return Object.assign(document.createElement('a'), {
      href: URL.createObjectURL(blob),
      download: name,
      textContent: name,
    });
  });
  files.replaceChildren(...links);
}

async function environment(): Promise<Environment> {
  const { commit } = (await (await fetch('/commit')).json()) as { commit: string };
  return {
    processor: `${navigator.hardwareConcurrency} cores${crossOriginIsolated ? '' : ', page not isolated: one thread'}`,
    runtime: navigator.userAgent,
    commit,
    date: new Date().toISOString().slice(0, 10),
  };
}
