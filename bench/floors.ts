/**
 * What AlexNet and VGG-16 cost at least, layer by layer: the operations of the direct algorithm and the bytes that must
 * move. With a machine's measured peak and bandwidth, also the time that no implementation of the direct algorithm can
 * beat: `node dist/bench/floors.js [--gflops F --gigabytes B] [--batch N]`.
 */
import { parseArgs } from 'node:util';
import { markdownTable } from '../src/bench/report.ts';
import { type StepWork, workOf } from '../src/bench/work.ts';
import { relevanceProgram } from '../src/bench/workload.ts';
import { parseModel } from '../src/onnx/index.ts';
import { syntheticModel } from '../src/onnx/synthetic.ts';
import { modelBytes } from '../src/onnx/write.ts';
import { forwardProgram } from '../src/plan/program.ts';

const { values } = parseArgs({
  options: { gflops: { type: 'string' }, gigabytes: { type: 'string' }, batch: { type: 'string', default: '1' } },
});

for (const name of ['alexnet', 'vgg16'] as const) {
  const graph = await parseModel(modelBytes(syntheticModel(name)), { batch: Number(values.batch) });
  const forward = workOf(forwardProgram(graph));
  console.log(`### ${name}, batch ${values.batch}\n`);
  console.log(
    markdownTable(['layer', 'kernel', ...columns()], [...forward.map(layerRow), totalRow('forward', forward)]).join(
      '\n',
    ),
  );
  console.log('');
  const programs = ['epsilon-plus', 'epsilon-alpha2-beta1'].map((composite) => {
    const work = workOf(relevanceProgram(graph, composite));
    return totalRow(`${composite} with its forward pass`, work);
  });
  console.log(`${markdownTable(['program', '', ...columns()], programs).join('\n')}\n`);
}

function columns(): string[] {
  return ['MFLOP', 'weights MB', 'activations MB', 'operations per byte', ...(hasMachine() ? ['floor ms'] : [])];
}

function hasMachine(): boolean {
  return values.gflops !== undefined && values.gigabytes !== undefined;
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
  const floor = total(floorOf);
  return [
    (flops / 1e6).toFixed(1),
    (weights / 1e6).toFixed(2),
    (activations / 1e6).toFixed(2),
    (flops / (weights + activations)).toFixed(1),
    ...(hasMachine() ? [floor.toFixed(2)] : []),
  ];
}

/** Milliseconds of the scarcer of arithmetic and bandwidth. */
function floorOf({ flops, constantBytes, activationBytes }: StepWork): number {
  return Math.max(flops / Number(values.gflops), (constantBytes + activationBytes) / Number(values.gigabytes)) / 1e6;
}
