import { openDevice } from '../../src/index.ts';
import { conv, convTranspose } from '../../src/kernels/conv/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import type { Climbed, Kind } from './line.ts';
import type { ConvProblem } from './problem.ts';
import type { Problems } from './rungs.ts';

/** As of a rung (climb.ts); but these are runs, each with an upload and a readback that are not timed. */
const LEAST_MILLISECONDS = 20;
const MOST_REPETITIONS = 64;

/** The engine's own kernels on the same problem, timed by its own profile: of each run the mean of its repetitions. */
export async function ours(
  problem: ConvProblem,
  kind: Kind,
  { conv: whole }: Problems,
  runs: number,
): Promise<Climbed> {
  using device = await openDevice('webgpu');
  const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;
  const { channels, height, width, image } = problem;
  const builder = new ProgramBuilder();
  builder.layer = 'ladder';
  const input = builder.input('image', [1, channels, height, width]);
  const weights = builder.constant(sourceOf('weights', [whole.outputs, whole.channels, 3, 3], whole.weights));
  const common = { window, groups: 1, maps: PLAIN };
  const operation =
    kind === 'way back'
      ? convTranspose({ ...common, spatial: [height, width], product: false })
      : conv({ ...common, bias: false, epilogue: 'none' });
  builder.output('result', builder.add(operation, [input, weights]));
  using executable = await device.prepare(builder.build());
  const given = new Map([['image', image]]);
  const once = async () => {
    const { outputs, profile } = await executable.run(given, { profile: true });
    return { outputs, time: profile!.reduce((sum, step) => sum + step.milliseconds, 0) };
  };
  const { outputs } = await once();
  const milliseconds: number[] = [];
  while (milliseconds.length < runs) {
    let [total, count] = [0, 0];
    while (total < LEAST_MILLISECONDS && count < MOST_REPETITIONS) {
      total += (await once()).time;
      count++;
    }
    milliseconds.push(total / count);
  }
  return { result: Float32Array.from(outputs.get('result')!.data), milliseconds };
}
