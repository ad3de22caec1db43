/** The benchmark in a browser: the same measurements as `salient bench`, with onnxruntime-web as a peer. */
import { benchmark } from '../../src/bench/benchmark.ts';
import { type Environment, markdownReport } from '../../src/bench/report.ts';
import { rooflinePlot } from '../../src/bench/roofline.ts';
import { toSvg } from '../../src/image/drawing.ts';
import { composite } from '../../src/lrp/composite.ts';
import type { SyntheticModelName } from '../../src/onnx/synthetic.ts';
import { type DeviceChoice, openDevice } from '../../src/open-device.ts';
import { comparePeers } from './peers.ts';

const form = document.querySelector('form')!;
const status = document.querySelector('#status')!;
const report = document.querySelector('#report')!;
const plots = document.querySelector('#plots')!;
const button = document.querySelector('button')!;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  report.textContent = '';
  plots.replaceChildren();
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
  const rounds = Number(values.get('rounds'));
  using device = await openDevice(values.get('device') as DeviceChoice);
  const result = await benchmark(device, {
    models: [model],
    composites: [compositeName],
    batches: [Number(values.get('batch'))],
    rounds,
    kernels: values.has('kernels'),
    onStage,
  });
  report.textContent = markdownReport(await environment(), result);
  if (result.kernels.length > 0) {
    plots.innerHTML = toSvg(rooflinePlot(device.description, result.kernels, result.peaks));
  }
  if (values.has('peers')) report.textContent += await comparePeers(device, model, { rounds }, onStage);
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
