import { basename } from 'node:path';
import type { Given } from '../src/cli/command.ts';
import { choiceOption, countOption } from '../src/cli/command.ts';
import { readInput } from '../src/cli/read.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { COMPOSITE_NAMES } from '../src/lrp/composite.ts';
import { loadModel } from '../src/model/load-model.ts';
import { syntheticInput } from '../src/onnx/synthetic.ts';
import { readNpy } from '../src/tensor/npy.ts';
import { formatShape } from '../src/tensor/tensor.ts';
import { openWasmDevice } from '../src/tensor/wasm/device.ts';
import { openWebGpuDevice } from '../src/tensor/webgpu/device.ts';
import { relativeError } from './difference.ts';

const HELP = `usage: node dist/bench/profile.js MODEL.onnx [OPTIONS]

The median milliseconds of an explanation of synthetic input (3×224×224).

  --device wasm|webgpu   default wasm; \`node test/support/gpu.mjs node dist/…\` lends webgpu a software adapter
  --composite NAME       default epsilon-plus
  --threads N            of wasm; default 2
  --batch N              images in one run; default 1
  --runs N               default 5
  --golden RELEVANCE.npy print the error against a golden map of a synthetic network, by whose name the file goes
  --saliency             SR maps too
  --steps                also the time of each step and its GFLOP/s`;

const OPTIONS = {
  device: { type: 'string', default: 'wasm' },
  composite: { type: 'string', default: 'epsilon-plus' },
  threads: { type: 'string', default: '2' },
  batch: { type: 'string', default: '1' },
  runs: { type: 'string', default: '5' },
  golden: { type: 'string' },
  saliency: { type: 'boolean', default: false },
  steps: { type: 'boolean', default: false },
} as const;

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

await runScript({ help: HELP, options: OPTIONS, words: { least: 1, most: 1 } }, main);

async function main({ values: options, positionals }: Given<typeof OPTIONS>): Promise<void> {
  const file = positionals[0]!;
  const network = basename(file, '.onnx');
  const kind = choiceOption(options.device, 'device', ['wasm', 'webgpu']);
  const composite = choiceOption(options.composite, 'composite', COMPOSITE_NAMES)!;
  const threads = countOption(options.threads, 'threads');
  const [batch, runs] = [countOption(options.batch, 'batch')!, countOption(options.runs, 'runs')!];
  const golden = options.golden === undefined ? undefined : readNpy(await readInput(options.golden), options.golden);

  using device = kind === 'webgpu' ? await openWebGpuDevice() : await openWasmDevice({ threads });
  console.log(device.description);
  const opened = performance.now();
  using model = await loadModel(device, file);
  const inputs = Array.from({ length: batch }, () => ({
    shape: [1, 3, 224, 224],
    data: syntheticInput(`${network}.input`, [1, 3, 224, 224]),
  }));
  const explain = {
    composite,
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

  if (golden !== undefined) {
    const { relevance } = result!;
    if (relevance.data.length !== golden.data.length) {
      throw new SalientError(
        'bad-tensor',
        `${options.golden} is ${formatShape(golden.shape)}, the relevance ${formatShape(relevance.shape)}; give a map of this network`,
      );
    }
    console.log(`relative error of the relevance: ${relativeError(relevance.data, golden.data).toExponential(2)}`);
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
}
