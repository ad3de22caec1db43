/**
 * Runs the rungs, one thread each, and compares them with plain loops in float64 and with the engine's own kernels:
 * `npm run build && node docs/ladder/simd/run.mjs`. Ends with code 1 where a rung is wrong.
 */
import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { climbSimd, relativeError, SIMD_BOUND, SIMD_RUNGS, simdProblems } from '../../../dist/docs/ladder/simd.js';

const HELP = `usage: node docs/ladder/simd/run.mjs [--rung NAME] [--size C,K,H,W] [--patches P,D] [--runs N]

Runs each rung on one 3×3 convolution (its transpose, distances of patches) and prints the median and the least time, GFLOP/s of the definition's
operations in the median time, and the relative error ‖rung − truth‖ / ‖truth‖.

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

const MOST_NUMBERS = 2 ** 24;
/** Before the first timed run of the engine's own kernels, too. */
const WARM_MILLISECONDS = 500;
const WINDOW = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };

const module = (path) => import(new URL(`../../../dist/src/${path}.js`, import.meta.url).href);

/** The problem as a program of one step; ready to be run. */
async function prepared(device, { kind, channels, outputs, height, width, weights }, algorithm) {
  const back = kind === 'way back';
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

/** The engine's own kernels, timed by its profile. */
async function ours(problem, algorithm, runs) {
  const { openWasmDevice } = await module('tensor/wasm/device');
  const device = await openWasmDevice({ threads: 1, relaxed: false });
  const executable = await prepared(device, problem, algorithm);
  const once = () => executable.run(new Map([['image', problem.image]]), { profile: true });
  const begun = performance.now();
  let result;
  do result = Float32Array.from((await once()).outputs.get('result').data);
  while (performance.now() - begun < WARM_MILLISECONDS);
  const milliseconds = [];
  while (milliseconds.length < runs) {
    const { profile } = await once();
    milliseconds.push(profile.reduce((sum, step) => sum + step.milliseconds, 0));
  }
  device.close();
  return { result, milliseconds };
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
  const chosen = SIMD_RUNGS.filter(({ name }) => name.startsWith(values.rung));
  if (chosen.length === 0)
    refuse(`--rung is "${values.rung}"; choose among ${SIMD_RUNGS.map(({ name }) => name).join(', ')}`);
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
const all = simdProblems(size, patches);
const rungs = new WebAssembly.Module(readFileSync(new URL('rungs.wasm', import.meta.url)));
const mega = (count) => `${(count / 1e6).toFixed(1)} MFLOP`;
console.log(`${cpus()[0].model.trim()} (${arch()}), one thread, Node ${process.version}, median of ${runs} runs`);
console.log(`${channels} to ${outputs} channels, ${height}×${width}: ${mega(all.convolution.operations)}`);
console.log(`${patches[0]} patches of ${patches[1]} numbers: ${mega(all.distances.operations)}`);
console.log('\n| rung | ms | least | GFLOP/s | error |\n| --- | --- | --- | --- | --- |');
for (const kind of ['convolution', 'way back', 'distances']) {
  const mine = chosen.filter((rung) => rung.kind === kind);
  if (mine.length === 0) continue;
  const expected = all[kind].truth();
  for (const { name } of mine) report(name, climbSimd(rungs, name, all[kind], runs), expected, all[kind].operations);
  if (!whole || kind === 'distances') continue;
  for (const algorithm of ['direct', 'winograd']) {
    const title = `ours, ${kind === 'way back' ? 'back, ' : ''}${algorithm}`;
    report(title, await ours(all[kind], algorithm, runs), expected, all[kind].operations);
  }
}

function report(name, { result, milliseconds }, expected, operations) {
  const time = median(milliseconds);
  const least = Math.min(...milliseconds).toFixed(2);
  const error = relativeError(result, expected);
  const rate = (operations / time / 1e6).toFixed(2);
  console.log(`| ${name} | ${time.toFixed(2)} | ${least} | ${rate} | ${error.toExponential(1)} |`);
  if (error <= SIMD_BOUND) return;
  console.error(`${name}: relative error ${error.toExponential(1)}, expected at most ${SIMD_BOUND}`);
  process.exitCode = 1;
}
