import { join } from 'node:path';
import { SalientError, throwIfAborted } from '../../error.ts';
import { encodePng } from '../../image/codec/png-encode.ts';
import { toPixels, toSvg } from '../../image/draw/drawing.ts';
import { COMPOSITE_NAMES } from '../../lrp/composite.ts';
import { type BenchmarkResult, benchmark } from '../../measure/benchmark.ts';
import { type Environment, jsonReport, markdownReport } from '../../measure/report.ts';
import { rooflines } from '../../measure/roofline.ts';
import { SYNTHETIC_MODELS } from '../../onnx/synthetic.ts';
import { type Command, type CommandContext, choiceOption, countOption, numberOption, parseWords } from '../command.ts';
import { describeEnvironment } from '../environment.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../options/device.ts';
import { prepareFolder, writeFileAtomically } from '../output/files.ts';

const HELP = `usage: salient bench [OPTIONS]

Measures this machine: full-size networks with synthetic weights (nothing is downloaded) are loaded, prepared, run
forward, explained (LRP, its forward pass included), and mapped (SR), and all of it from photograph to map.

  --models LIST      of ${SYNTHETIC_MODELS.join(', ')}; default: alexnet,vgg16
  --composites LIST  default: epsilon-plus
  --batch LIST       images in one run; default: 1
  --device auto|webgpu|wasm|reference
  --threads N             of the device wasm; default: one a core
  --rounds N         measured runs of each, at most; default 20, after a warm-up
  --seconds S        after which no other run of a stage begins (three are made in any case, or N); default 20
  --kernels          also time per step of LRP and SR, and roofline plots
  --out DIR          write bench.md, bench.json and the roofline plots (SVG, PNG) there
  --json             print the results as JSON`;

const OPTIONS = {
  models: { type: 'string' },
  composites: { type: 'string' },
  batch: { type: 'string' },
  ...DEVICE_OPTIONS,
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  kernels: { type: 'boolean' },
  out: { type: 'string' },
} as const;

/** Pixels to a unit of a drawing: sharp on screens of high density and in print. */
const PNG_SCALE = 2;

export const command: Command = {
  summary: {
    bench: 'throughput of this machine',
  },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'bench');
  if (positionals.length > 0) {
    throw new SalientError('bad-argument', `"${positionals[0]}" is no option; see \`salient bench --help\``);
  }
  const list = (text: string) => text.split(',').map((word) => word.trim());
  const seconds = numberOption(values.seconds, 'seconds');
  if (seconds !== undefined && seconds < 0) {
    throw new SalientError('bad-argument', `--seconds is ${values.seconds}; expected a number of at least 0`);
  }
  const options = {
    models: list(values.models ?? 'alexnet,vgg16').map((word) => choiceOption(word, 'models', SYNTHETIC_MODELS)!),
    composites: list(values.composites ?? 'epsilon-plus').map(
      (word) => choiceOption(word, 'composites', COMPOSITE_NAMES)!,
    ),
    batches: list(values.batch ?? '1').map((word) => countOption(word, 'batch')!),
    rounds: countOption(values.rounds, 'rounds'),
    milliseconds: seconds === undefined ? undefined : 1000 * seconds,
    kernels: values.kernels,
    signal,
    onStage: (what: string) => console.error(what),
  };
  if (values.out !== undefined) await prepareFolder(values.out);
  using device = await deviceFrom(values);
  console.error(deviceLine(device));
  if ('isFallbackAdapter' in device && device.isFallbackAdapter) {
    console.error(
      'this is a software adapter, and all takes many minutes; quickest: --models alexnet --rounds 1, or --device wasm',
    );
  }
  const result = await benchmark(device, options);
  const environment = await describeEnvironment();
  console.log(values.json ? jsonReport(environment, result) : markdownReport(environment, result));
  if (values.out !== undefined) await writeResults(values.out, environment, result);
  if (result.interrupted) throwIfAborted(signal);
}

/** Writes `bench.md`, `bench.json` and, for each program whose steps were timed, a roofline plot as SVG and as PNG. */
export async function writeResults(folder: string, environment: Environment, result: BenchmarkResult): Promise<void> {
  const write = (name: string, bytes: Uint8Array) => writeFileAtomically(join(folder, name), bytes);
  await write('bench.md', Buffer.from(markdownReport(environment, result)));
  await write('bench.json', Buffer.from(`${jsonReport(environment, result)}\n`));
  for (const [name, plot] of rooflines(result)) {
    await write(`roofline.${name}.svg`, Buffer.from(toSvg(plot)));
    await write(`roofline.${name}.png`, await encodePng(toPixels(plot, PNG_SCALE)));
  }
}
