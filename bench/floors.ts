import { countOption } from '../src/cli/command.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { forwardProgram } from '../src/forward/program.ts';
import type { Peaks } from '../src/measure/peaks.ts';
import { markdownTable } from '../src/measure/report.ts';
import { type StepWork, workOf } from '../src/measure/work.ts';
import { relevanceProgram } from '../src/measure/workload.ts';
import { parseModel } from '../src/onnx/index.ts';
import { type SyntheticModelName, syntheticModel } from '../src/onnx/synthetic.ts';
import { modelBytes } from '../src/onnx/write.ts';
import { positiveOption } from './program.ts';

const HELP = `usage: node dist/bench/floors.js [--gflops F --gigabytes B] [--batch N]

What AlexNet and VGG-16 cost at least, layer by layer: the operations of the direct algorithm and the bytes that must
move. With a machine's measured peak (GFLOP/s) and bandwidth (GB/s), also the time that no implementation of the direct
algorithm can beat.`;

const OPTIONS = {
  gflops: { type: 'string' },
  gigabytes: { type: 'string' },
  batch: { type: 'string', default: '1' },
} as const;

/** What the machine can do at best, where it is given. */
let machine: Peaks | undefined;

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const batch = countOption(values.batch, 'batch')!;
  const [gflops, gigabytes] = [positiveOption(values.gflops, 'gflops'), positiveOption(values.gigabytes, 'gigabytes')];
  if ((gflops === undefined) !== (gigabytes === undefined)) {
    throw new SalientError('bad-argument', 'one of --gflops and --gigabytes is missing; give both, or neither');
  }
  if (gflops !== undefined && gigabytes !== undefined) machine = { gflops, gigabytes };
  for (const name of ['alexnet', 'vgg16'] as const) await printFloors(name, batch);
});

async function printFloors(name: SyntheticModelName, batch: number): Promise<void> {
  const graph = await parseModel(modelBytes(syntheticModel(name)), { batch });
  const forward = workOf(forwardProgram(graph));
  const layers = [...forward.map(layerRow), totalRow('forward', forward)];
  console.log(`### ${name}, batch ${batch}\n`);
  console.log(`${markdownTable(['layer', 'kernel', ...columns()], layers).join('\n')}\n`);
  const programs = ['epsilon-plus', 'epsilon-alpha2-beta1'].map((composite) => {
    const work = workOf(relevanceProgram(graph, composite));
    return totalRow(`${composite} with its forward pass`, work);
  });
  console.log(`${markdownTable(['program', '', ...columns()], programs).join('\n')}\n`);
}

function columns(): string[] {
  return ['MFLOP', 'weights MB', 'activations MB', 'operations per byte', ...(machine ? ['floor ms'] : [])];
}

function layerRow(work: StepWork): string[] {
  return [work.layer, work.operation, ...figures([work])];
}

function totalRow(title: string, steps: readonly StepWork[]): string[] {
  return [`**${title}**`, '', ...figures(steps)];
}

function figures(steps: readonly StepWork[]): string[] {
  const total = (amount: (step: StepWork) => number) => steps.reduce((sum, step) => sum + amount(step), 0);
  const flops = total((step) => step.flops);
  const [weights, activations] = [total((step) => step.constantBytes), total((step) => step.activationBytes)];
  return [
    (flops / 1e6).toFixed(1),
    (weights / 1e6).toFixed(2),
    (activations / 1e6).toFixed(2),
    (flops / (weights + activations)).toFixed(1),
    ...(machine ? [total((step) => floorOf(step, machine!)).toFixed(2)] : []),
  ];
}

/** Milliseconds of the scarcer of arithmetic and bandwidth. */
function floorOf({ flops, constantBytes, activationBytes }: StepWork, { gflops, gigabytes }: Peaks): number {
  return Math.max(flops / gflops, (constantBytes + activationBytes) / gigabytes) / 1e6;
}
