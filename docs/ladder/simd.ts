/*
 * Runs the rungs of docs/ladder/simd, one thread each, in Node and in a page alike: needs the module made of rungs.wasm.
 */
import { type Climbed, type Kind, type Line, lineMaker } from './line.ts';
import { type ConvProblem, convProblem, convTruth, noise, patchTruth, wayBack } from './problem.ts';

export interface SimdRung {
  /** The file's name without its ending; without the number that of its functions. */
  readonly name: string;
  readonly kind: Kind;
  /** What it should gain, by counting; simd/README.md says why. */
  readonly prediction: string;
}

/** From the definition upwards. */
export const SIMD_RUNGS: readonly SimdRung[] = [
  { name: '01-scalar', kind: 'convolution', prediction: 'most of the time is not spent on products' },
  { name: '02-borders', kind: 'convolution', prediction: 'as many additions, one after the other, as products' },
  { name: '03-channels', kind: 'convolution', prediction: '4 times' },
  { name: '04-registers', kind: 'convolution', prediction: 'less than 8 times' },
  { name: '05-packing', kind: 'convolution', prediction: 'a loss, where rows are whole multiples of 8' },
  { name: '06-winograd', kind: 'convolution', prediction: '36/16 times rung 4, less the transforms' },
  { name: '07-scatter', kind: 'way back', prediction: 'slower than rung 1: each sum goes through memory' },
  { name: '08-turned', kind: 'way back', prediction: 'the time of rung 6' },
  { name: '09-subtract', kind: 'distances', prediction: 'as many additions, one after the other, as differences' },
  { name: '10-product', kind: 'distances', prediction: 'the rate of rung 4' },
];

/** What a rung is given; distances are those of the columns of an image [length, 1, patches]. */
export interface SimdProblem extends ConvProblem {
  readonly kind: Kind;
  readonly operations: number;
  /** The result in float64. */
  readonly truth: () => Float64Array;
}

export type SimdProblems = Readonly<Record<Kind, SimdProblem>>;

/** Channels of input and output (multiples of 4), height, width. */
export type LayerSize = readonly [number, number, number, number];

/** The sizes of simd/README.md's table; of patches their number (a multiple of 8) and length. */
export function simdProblems(size: LayerSize = [64, 64, 56, 56], [count, length] = [1000, 147]): SimdProblems {
  const [channels, outputs, height, width] = size;
  const conv = convProblem(...size);
  const image = noise(outputs * height * width, 1);
  // Weights stay [outputs, channels, 3, 3]: a rung of the way back turns them itself, or asks for them as they are.
  const back = { channels: outputs, outputs: channels, height, width, image, weights: conv.weights };
  const columns = noise(length! * count!, 3).map((value) => (value + 1) / 2);
  const patches = { channels: length!, outputs: count!, height: 1, width: count!, image: columns };
  const operations = 18 * channels * outputs * height * width;
  return {
    convolution: { kind: 'convolution', ...conv, operations, truth: () => convTruth(conv).sums },
    'way back': {
      kind: 'way back',
      ...back,
      operations,
      truth: () => convTruth({ ...wayBack(conv), image }).sums,
    },
    distances: {
      kind: 'distances',
      ...patches,
      weights: new Float32Array(),
      operations: 3 * count! ** 2 * length!,
      truth: () => patchTruth({ patches: count!, length: length!, columns }),
    },
  };
}

/** Before the first timed run, so that the engine has compiled its best code. */
const WARM_MILLISECONDS = 500;
/** A clock may be that rough: a run that is shorter is repeated. */
const LEAST_MILLISECONDS = 1;
const PAGE_BYTES = 65536;

/** Memory with the problem in it, the layer's fields first (simd/layer.ts). */
function layOut({ channels, outputs, height, width, image, weights }: SimdProblem) {
  const padded = channels * (height + 3) * (width + 12);
  const panels = 16 * 8 * channels + 1024;
  const counts = [image.length, weights.length, outputs * height * width, 16 * outputs * channels, padded + panels];
  const places = [64];
  for (const count of counts) places.push(places.at(-1)! + 16 * Math.ceil(count / 4));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(places.at(-1)! / PAGE_BYTES) });
  new Uint32Array(memory.buffer, 0, 9).set([...places.slice(0, 5), channels, outputs, height, width]);
  new Float32Array(memory.buffer, places[0]!, counts[0]).set(image);
  new Float32Array(memory.buffer, places[1]!, counts[1]).set(weights);
  return { memory, result: new Float32Array(memory.buffer, places[2]!, counts[2]) };
}

type Kernel = (args: number) => void;

/** @param runs how often it is run and timed, after runs that are not */
export function climbSimd(rungs: WebAssembly.Module, name: string, problem: SimdProblem, runs: number): Climbed {
  const { memory, result } = layOut(problem);
  const kernels = new WebAssembly.Instance(rungs, { env: { memory } }).exports as Record<string, Kernel | undefined>;
  const short = name.slice(3);
  kernels[`${short}_pack`]?.(0);
  result.fill(Number.NaN); // an output that nobody writes is found
  const run = kernels[`${short}_run`]!;
  const timed = (repetitions: number) => {
    const started = performance.now();
    for (let i = 0; i < repetitions; i++) run(0);
    return performance.now() - started;
  };
  const begun = performance.now();
  let least = Number.POSITIVE_INFINITY;
  do least = Math.min(least, timed(1));
  while (performance.now() - begun < WARM_MILLISECONDS);
  const repetitions = Math.ceil(LEAST_MILLISECONDS / Math.max(least, 1e-3));
  return { result, milliseconds: Array.from({ length: runs }, () => timed(repetitions) / repetitions) };
}

/** As for the devices (test/devices). */
export const SIMD_BOUND = 1e-5;

/** ‖actual − expected‖ / ‖expected‖. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

export interface SimdAscending {
  readonly rungs: WebAssembly.Module;
  readonly all: SimdProblems;
  readonly runs: number;
  /** Told the name of each before it begins. */
  readonly onRung?: (name: string) => void;
}

/** Climbs the rungs from below, a line for each; differences and errors are {@link relativeError}s. */
export function* ascendSimd({ rungs, all, runs, onRung }: SimdAscending): Generator<Line> {
  const truths = new Map<Kind, Float64Array>();
  const truthOf = (kind: Kind) => {
    if (!truths.has(kind)) truths.set(kind, all[kind].truth());
    return truths.get(kind)!;
  };
  const lineOf = lineMaker({
    difference: (kind, result, other) => relativeError(result, other ?? truthOf(kind)),
    bounds: { convolution: SIMD_BOUND, 'way back': SIMD_BOUND, distances: SIMD_BOUND },
  });
  for (const { name, kind } of SIMD_RUNGS) {
    onRung?.(name);
    yield lineOf({ name, kind, operations: all[kind].operations }, climbSimd(rungs, name, all[kind], runs));
  }
}
