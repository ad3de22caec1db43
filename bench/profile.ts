/**
 * Where an explanation's time goes:
 *
 *     node dist/bench/profile.js MODEL.onnx [--device wasm|webgpu] [--composite NAME] [--threads N] [--batch N]
 *         [--runs N] [--golden RELEVANCE.npy] [--saliency] [--steps]
 *
 * prints the median milliseconds of the whole, with --steps also of each step and its GFLOP/s, and the error against a
 * golden relevance map of the synthetic networks, whose input it takes. `node test/support/gpu.mjs node dist/…` lends
 * webgpu a software adapter.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { loadModel } from '../src/load-model.ts';
import { syntheticInput } from '../src/onnx/synthetic.ts';
import { readNpy } from '../src/tensor/npy.ts';
import { openWasmDevice } from '../src/tensor/wasm/device.ts';
import { openWebGpuDevice } from '../src/tensor/webgpu/device.ts';
import { relativeError } from './difference.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'wasm' },
    composite: { type: 'string', default: 'epsilon-plus' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    golden: { type: 'string' },
    saliency: { type: 'boolean', default: false },
    steps: { type: 'boolean', default: false },
  },
});
const file = positionals[0]!;
const network = basename(file, '.onnx');
const runs = Number(options.runs);

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

using device =
  options.device === 'webgpu' ? await openWebGpuDevice() : await openWasmDevice({ threads: Number(options.threads) });
console.log(device.description);
const opened = performance.now();
using model = await loadModel(device, file);
const inputs = Array.from({ length: Number(options.batch) }, () => ({
  shape: [1, 3, 224, 224],
  data: syntheticInput(`${network}.input`, [1, 3, 224, 224]),
}));
const explain = {
  composite: options.composite,
  parameters: { low: [-2.2], high: [2.7] },
  ...(options.saliency ? {} : { saliency: false as const }),
};
let [result] = await model.explainBatch(inputs, explain);
console.log(`open, prepare and first explanation: ${Math.round(performance.now() - opened)} ms`);

const whole: number[] = [];
const processor: number[] = [];
for (let run = 0; run < runs; run++) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  [result] = await model.explainBatch(inputs, explain);
  whole.push(performance.now() - started);
  const { user, system } = process.cpuUsage(before);
  processor.push((user + system) / 1000);
}
console.log(
  `explanation: ${Math.round(median(whole))} ms (median of ${runs}; least ${Math.round(Math.min(...whole))}), ` +
    `processor time ${Math.round(Math.min(...processor))} ms over all threads`,
);

if (options.golden !== undefined) {
  const expected = readNpy(await readFile(options.golden)).data;
  console.log(`relative error of the relevance: ${relativeError(result!.relevance.data, expected).toExponential(2)}`);
}

if (options.steps) {
  const profiles = [];
  for (let run = 0; run < runs; run++) {
    const [{ profile } = { profile: undefined }] = await model.explainBatch(inputs, { ...explain, profile: true });
    profiles.push(profile!);
  }
  for (const [index, { layer, phase, operation, flops }] of profiles[0]!.entries()) {
    const milliseconds = median(profiles.map((profile) => profile[index]!.milliseconds));
    if (milliseconds < 0.5) continue;
    const rate = flops > 0 ? `${(flops / milliseconds / 1e6).toFixed(1)} GFLOP/s` : '';
    console.log(
      [phase.padEnd(9), layer.padEnd(28), operation.padEnd(22), milliseconds.toFixed(1).padStart(8), rate].join(' '),
    );
  }
}
