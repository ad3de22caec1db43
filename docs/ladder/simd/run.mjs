/**
 * Runs the rungs, one thread each, and compares them with the reference device and with the engine's own kernels:
 * `npm run build && node docs/ladder/simd/run.mjs`. Ends with code 1 where a rung is wrong.
 */
import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { parseArgs } from 'node:util';

const HELP = `usage: node docs/ladder/simd/run.mjs [--rung NAME] [--size C,K,H,W] [--patches P,D] [--runs N]

Runs each rung on one 3×3 convolution (its transpose, distances of patches) and prints the median and the least time, GFLOP/s of the definition's
operations in the median time, and the relative error ‖rung − reference‖ / ‖reference‖.

options:
  --rung NAME      only the rungs whose name begins so, and not the engine's own kernels
  --size C,K,H,W   channels of input and output, height and width (default: 64,64,56,56); C and K multiples of 4
  --patches P,D    patches and numbers of each (default: 1000,147); P a multiple of 8
  --runs N         timed runs, after half a second of runs that are not (default: 15)`;

const OPTIONS = {
  rung: { type: 'string', default: '' },
  size: { type: 'string', default: '64,64,56,56' },
  patches: { type: 'string', default: '1000,147' },
  runs: { type: 'string', default: '15' },
  help: { type: 'boolean' },
};

/** As for the devices (test/devices). */
const BOUND = 1e-5;
/** From the definition upwards: the files' names, and their functions' without the number. */
const FORWARD = ['01-scalar', '02-borders', '03-channels', '04-registers', '05-packing', '06-winograd'];
/** The transpose, from K channels to C. */
const BACK = ['07-scatter', '08-turned'];
/** Squared distances of all patches to all. */
const DISTANCES = ['09-subtract', '10-product'];
const RUNGS = [...FORWARD, ...BACK, ...DISTANCES];
/** Before the first timed run, so that the engine has compiled its best code. */
const WARM_MILLISECONDS = 500;
const WINDOW = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };
const PAGE_BYTES = 65536;
const MOST_NUMBERS = 2 ** 24;

const module = (path) => import(new URL(`../../../dist/src/${path}.js`, import.meta.url).href);

/** A convolution of pseudo-random numbers in [−1, 1), or a transposed one with weights [channels, outputs, 3, 3]. */
function problemOf([channels, outputs, height, width], back = false) {
  const image = noise(channels * height * width, 1);
  return { back, channels, outputs, height, width, image, weights: noise(outputs * channels * 9, 2) };
}

/** Patches as the columns of an image [length, patches], in [0, 1) as maps are. */
function patchesOf([patches, length]) {
  const image = noise(length * patches, 3).map((value) => (value + 1) / 2);
  return { channels: length, outputs: patches, height: 1, width: patches, image, weights: new Float32Array() };
}

function noise(count, seed) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Memory with the problem in it, the layer's fields first (layer.ts). */
function layOut({ channels, outputs, height, width, image, weights }) {
  const padded = channels * (height + 3) * (width + 12);
  const panels = 16 * 8 * channels + 1024;
  const counts = [image.length, weights.length, outputs * height * width, 16 * outputs * channels, padded + panels];
  const places = [64];
  for (const count of counts) places.push(places.at(-1) + 16 * Math.ceil(count / 4));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(places.at(-1) / PAGE_BYTES) });
  new Uint32Array(memory.buffer, 0, 9).set([...places.slice(0, 5), channels, outputs, height, width]);
  new Float32Array(memory.buffer, places[0], counts[0]).set(image);
  new Float32Array(memory.buffer, places[1], counts[1]).set(weights);
  return { memory, result: new Float32Array(memory.buffer, places[2], counts[2]) };
}

async function climb(rungs, name, problem, runs) {
  const { memory, result } = layOut(problem);
  const functions = new WebAssembly.Instance(rungs, { env: { memory } }).exports;
  const short = name.slice(3);
  functions[`${short}_pack`]?.(0);
  result.fill(Number.NaN); // an output that nobody writes is found
  const milliseconds = await timed(() => functions[`${short}_run`](0), runs);
  return { result, milliseconds };
}

/** Milliseconds of each run: those that `once` gives, or by the clock. */
async function timed(once, runs) {
  const clocked = async () => {
    const started = performance.now();
    return (await once()) ?? performance.now() - started;
  };
  const begun = performance.now();
  do await clocked();
  while (performance.now() - begun < WARM_MILLISECONDS);
  const milliseconds = [];
  while (milliseconds.length < runs) milliseconds.push(await clocked());
  return milliseconds;
}

/** The problem as a program of one step; ready to be run. */
async function prepared(device, { back, channels, outputs, height, width, weights }, algorithm) {
  const [operations, { PLAIN }] = [await module('kernels/conv/operation'), await module('kernels/shared/maps')];
  const [{ ProgramBuilder }, { sourceOf }] = [await module('tensor/program'), await module('tensor/source')];
  const builder = new ProgramBuilder();
  builder.layer = 'ladder';
  const common = { window: WINDOW, groups: 1, maps: PLAIN, algorithm };
  const operation = back
    ? operations.convTranspose({ ...common, spatial: [height, width], product: false })
    : operations.conv({ ...common, bias: false, epilogue: 'none' });
  const x = builder.input('image', [1, channels, height, width]);
  const shape = back ? [channels, outputs, 3, 3] : [outputs, channels, 3, 3];
  builder.output('result', builder.add(operation, [x, builder.constant(sourceOf('weights', shape, weights))]));
  return device.prepare(builder.build());
}

async function reference(problem) {
  const { openDevice } = await module('index');
  const executable = await prepared(await openDevice('reference'), problem, 'direct');
  const { outputs } = await executable.run(new Map([['image', problem.image]]));
  return outputs.get('result').data;
}

/** Squared distances in float64: no operation of the engine's stores them. */
function distances({ channels: length, width: patches, image }) {
  const result = new Float64Array(patches * patches);
  for (let i = 0; i < length; i++) {
    const row = Float64Array.from(image.subarray(i * patches, (i + 1) * patches));
    for (let q = 0; q < patches; q++) {
      for (let p = 0; p < patches; p++) result[q * patches + p] += (row[q] - row[p]) ** 2;
    }
  }
  return result;
}

/** The engine's own kernels, timed by its profile. */
async function ours(problem, algorithm, runs) {
  const { openWasmDevice } = await module('tensor/wasm/device');
  const device = await openWasmDevice({ threads: 1, relaxed: false });
  const executable = await prepared(device, problem, algorithm);
  let result;
  const once = async () => {
    const { outputs, profile } = await executable.run(new Map([['image', problem.image]]), { profile: true });
    result = Float32Array.from(outputs.get('result').data);
    return profile.reduce((sum, step) => sum + step.milliseconds, 0);
  };
  const milliseconds = await timed(once, runs);
  device.close();
  return { result, milliseconds };
}

function relativeError(actual, expected) {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Exits with one line: what was found, what was expected. */
function refuse(line) {
  console.error(line);
  process.exit(1);
}

function readCommandLine() {
  let values;
  try {
    values = parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    refuse(`${error.message}; see --help`);
  }
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const chosen = RUNGS.filter((name) => name.startsWith(values.rung));
  if (chosen.length === 0) refuse(`--rung is "${values.rung}"; choose among ${RUNGS.join(', ')}`);
  const size = values.size.split(',').map(Number);
  const isCount = (count) => Number.isInteger(count) && count >= 1 && count <= 1024;
  if (size.length !== 4 || !size.every(isCount) || size[0] % 4 !== 0 || size[1] % 4 !== 0) {
    refuse(`--size is "${values.size}"; expected C,K,H,W, whole numbers from 1 to 1024, C and K multiples of 4`);
  }
  if (Math.max(size[0], size[1]) * size[2] * size[3] > MOST_NUMBERS) {
    refuse(`--size is "${values.size}"; expected at most ${MOST_NUMBERS} numbers in an image and in a result`);
  }
  const patches = values.patches.split(',').map(Number);
  if (patches.length !== 2 || !patches.every(isCount) || patches[0] % 8 !== 0) {
    refuse(`--patches is "${values.patches}"; expected P,D, whole numbers from 1 to 1024, P a multiple of 8`);
  }
  const runs = Number(values.runs);
  if (!isCount(runs)) refuse(`--runs is "${values.runs}"; expected a whole number from 1 to 1024`);
  return { chosen, size, patches, runs, whole: values.rung === '' };
}

const { chosen, size, patches, runs, whole } = readCommandLine();
const [channels, outputs, height, width] = size;
const flops = 18 * channels * outputs * height * width;
const patchFlops = 3 * patches[0] ** 2 * patches[1];
const rungs = new WebAssembly.Module(readFileSync(new URL('rungs.wasm', import.meta.url)));
const mega = (count) => `${(count / 1e6).toFixed(1)} MFLOP`;
console.log(`${cpus()[0].model.trim()} (${arch()}), one thread, Node ${process.version}, median of ${runs} runs`);
console.log(`${channels} to ${outputs} channels, ${height}×${width}: ${mega(flops)}`);
console.log(`${patches[0]} patches of ${patches[1]} numbers: ${mega(patchFlops)}`);
console.log('\n| rung | ms | least | GFLOP/s | error |\n| --- | --- | --- | --- | --- |');
await convolutions(FORWARD, problemOf(size), 'ours');
await convolutions(BACK, problemOf([outputs, channels, height, width], true), 'ours, back');
const problem = patchesOf(patches);
for (const name of DISTANCES.filter((each) => chosen.includes(each))) {
  report(name, await climb(rungs, name, problem, runs), distances(problem), patchFlops);
}

/** Prints the lines of those rungs that are chosen, and of the engine's own kernels. */
async function convolutions(names, problem, title) {
  const mine = names.filter((name) => chosen.includes(name));
  if (mine.length === 0) return;
  const expected = await reference(problem);
  for (const name of mine) report(name, await climb(rungs, name, problem, runs), expected, flops);
  if (!whole) return;
  for (const algorithm of ['direct', 'winograd']) {
    report(`${title}, ${algorithm}`, await ours(problem, algorithm, runs), expected, flops);
  }
}

function report(name, { result, milliseconds }, expected, operations) {
  const time = median(milliseconds);
  const least = Math.min(...milliseconds).toFixed(2);
  const error = relativeError(result, expected);
  const rate = (operations / time / 1e6).toFixed(2);
  console.log(`| ${name} | ${time.toFixed(2)} | ${least} | ${rate} | ${error.toExponential(1)} |`);
  if (error <= BOUND) return;
  console.error(`${name}: relative error ${error.toExponential(1)}, expected at most ${BOUND}`);
  process.exitCode = 1;
}
