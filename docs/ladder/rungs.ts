import type { Kind } from './line.ts';
import {
  type ConvProblem,
  convProblem,
  operations,
  type PatchProblem,
  packed,
  padded,
  patchProblem,
  transformed,
  wayBack,
} from './problem.ts';

/** One dispatch: the shader's entry point and its workgroups. */
interface Pass {
  readonly entry: string;
  readonly workgroups: readonly [number, number, number];
}

/** A rung, ready to be run. */
export interface Ascent {
  /** WGSL files that make the shader, one after the other. */
  readonly files: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
  /** Bindings 0 (the input), 1 (weights, if there are any). */
  readonly inputs: readonly Float32Array<ArrayBuffer>[];
  /** Numbers of binding 2, the result. */
  readonly result: number;
  /** Numbers of bindings 3, 4. */
  readonly scratch: readonly number[];
  readonly passes: readonly Pass[];
  readonly operations: number;
}

export interface Rung {
  /** The file's name without its ending. */
  readonly name: string;
  readonly kind: Kind;
  /** What it should gain on a GPU, by counting; README.md says why. */
  readonly prediction: string;
  /** There to show how numbers are lost. */
  readonly inexact?: boolean;
  readonly ascent: (problems: Problems) => Ascent;
}

export interface Problems {
  readonly conv: ConvProblem;
  /** A convolution that is the way back of another. */
  readonly back: ConvProblem;
  readonly patches: PatchProblem;
}

/** The sizes of the tables, or small ones for tests. */
export function problems(size: 'large' | 'small' = 'large'): Problems {
  const conv = size === 'large' ? convProblem() : convProblem(8, 16, 13, 22);
  return { conv, back: wayBack(conv), patches: size === 'large' ? patchProblem() : patchProblem(128, 21) };
}

const flat = (count: number): [number, number, number] => [Math.ceil(count / 64), 1, 1];

/** Of a rung that is one shader of one pass. */
function ascentOf(
  name: string,
  problem: ConvProblem,
  parts: {
    input: 'plain' | 'padded';
    weights: 'plain' | 'packed';
    workgroups: (problem: ConvProblem) => [number, number, number];
  },
): Ascent {
  const { channels, outputs, height, width } = problem;
  const { rows, stride, data } = padded(problem);
  return {
    files: ['prelude', ...(parts.weights === 'packed' ? ['packed'] : []), name],
    constants: { CHANNELS: channels, OUTPUTS: outputs, HEIGHT: height, WIDTH: width, ROWS: rows, STRIDE: stride },
    inputs: [
      parts.input === 'padded' ? data : problem.image,
      parts.weights === 'packed' ? packed(problem) : problem.weights,
    ],
    result: outputs * height * width,
    scratch: [],
    passes: [{ entry: 'main', workgroups: parts.workgroups(problem) }],
    operations: operations(problem),
  };
}

const eachOutput = ({ outputs, height, width }: ConvProblem) => flat(outputs * height * width);
const eachFour = ({ outputs, height, width }: ConvProblem) => flat(outputs * height * Math.ceil(width / 4));
const eachSixteen = ({ outputs, height, width }: ConvProblem) => flat((outputs / 4) * height * Math.ceil(width / 4));
const eachTile = ({ outputs, height, width }: ConvProblem): [number, number, number] => [
  Math.ceil((height * width) / 64),
  Math.ceil(outputs / 64),
  1,
];
const eachPart = ({ outputs, height, width }: ConvProblem): [number, number, number] => [
  Math.ceil(width / 32),
  Math.ceil(height / 8),
  outputs / 4,
];

function convolution(
  name: string,
  prediction: string,
  input: 'plain' | 'padded',
  weights: 'plain' | 'packed',
  workgroups: (problem: ConvProblem) => [number, number, number],
): Rung {
  const parts = { input, weights, workgroups };
  return { name, kind: 'convolution', prediction, ascent: ({ conv }) => ascentOf(name, conv, parts) };
}

function winograd(name: string, problem: ConvProblem): Ascent {
  const { channels, outputs, height, width } = problem;
  const across = Math.ceil(width / 2);
  const down = Math.ceil(height / 2);
  const tiles = 64 * Math.ceil((across * down) / 64);
  const ascent = ascentOf(name, problem, { input: 'padded', weights: 'packed', workgroups: eachTile });
  return {
    ...ascent,
    constants: { ...ascent.constants, TILES: tiles },
    inputs: [ascent.inputs[0]!, transformed(problem)],
    scratch: [16 * channels * tiles, 16 * outputs * tiles],
    passes: [
      { entry: 'transform_input', workgroups: [tiles / 64, channels, 1] },
      { entry: 'multiply', workgroups: [tiles / 64, Math.ceil(outputs / 64), 16] },
      { entry: 'transform_output', workgroups: [tiles / 64, outputs, 1] },
    ],
  };
}

function distances(name: string, problem: PatchProblem, workgroups: [number, number, number]): Ascent {
  return {
    files: ['patches', name],
    constants: { PATCHES: problem.patches, LENGTH: problem.length },
    inputs: [problem.columns],
    result: problem.patches ** 2,
    scratch: [],
    passes: [{ entry: 'main', workgroups }],
    operations: operations(problem),
  };
}

const eachPair = ({ patches }: PatchProblem): [number, number, number] => [patches / 64, patches / 64, 1];

/** From the definition upwards. */
export const RUNGS: readonly Rung[] = [
  convolution('01-naive', '1 to 3 % of the peak', 'plain', 'plain', eachOutput),
  convolution('02-neighbours', '4 to 10 times rung 1', 'plain', 'plain', eachOutput),
  convolution('03-borders', 'a fifth, where comparisons are not free', 'padded', 'plain', eachOutput),
  convolution('04-four-pixels', '2.7 times', 'padded', 'plain', eachFour),
  convolution('05-four-by-four', '2 times', 'padded', 'plain', eachSixteen),
  convolution('06-packed-weights', 'up to 2 times', 'padded', 'packed', eachSixteen),
  convolution('07-workgroup-memory', '1.5 to 2 times where the cache is small', 'padded', 'packed', eachPart),
  convolution('08-matrix-product', '20 to 40 % of the peak', 'padded', 'packed', eachTile),
  convolution('09-eight-by-eight', '1.5 to 2 times rung 8, 40 to 60 % of the peak', 'padded', 'packed', eachTile),
  {
    name: '10-winograd',
    kind: 'convolution',
    prediction: '1.5 times',
    ascent: ({ conv }) => winograd('10-winograd', conv),
  },
  {
    name: '11-back-gather',
    kind: 'way back',
    prediction: 'the rate of rung 3',
    // The convolution's own weights, not turned: [k, c, 3, 3] with k the channels of what comes back.
    ascent: ({ conv, back }) => ({
      ...ascentOf('11-back-gather', back, { input: 'padded', weights: 'plain', workgroups: eachOutput }),
      inputs: [padded(back).data, conv.weights],
    }),
  },
  {
    name: '12-back-winograd',
    kind: 'way back',
    prediction: 'the rate of rung 10',
    ascent: ({ back }) => winograd('10-winograd', back),
  },
  {
    name: '13-distances',
    kind: 'distances',
    prediction: '1.5 times the rate of rung 3',
    ascent: ({ patches }) => distances('13-distances', patches, flat(patches.patches ** 2)),
  },
  {
    name: '14-distances-product',
    kind: 'distances',
    prediction: '1.5 times the rate of rung 9',
    inexact: true,
    ascent: ({ patches }) => distances('14-distances-product', patches, eachPair(patches)),
  },
  {
    name: '15-distances-tiled',
    kind: 'distances',
    prediction: 'half the rate of rung 14',
    ascent: ({ patches }) => distances('15-distances-tiled', patches, eachPair(patches)),
  },
];
