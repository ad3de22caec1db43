import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { countOption, type Given } from '../src/cli/command.ts';
import { describeEnvironment } from '../src/cli/environment.ts';
import { readInput } from '../src/cli/read.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { interleave } from '../src/measure/interleave.ts';
import { environmentLines, markdownTable, milliseconds } from '../src/measure/report.ts';
import { pairedRatio, summarize } from '../src/measure/statistics.ts';
import { inputBatch, relevanceProgram } from '../src/measure/workload.ts';
import { parseModel } from '../src/onnx/index.ts';
import { syntheticModel } from '../src/onnx/synthetic.ts';
import { modelBytes } from '../src/onnx/write.ts';
import type { Device } from '../src/tensor/device.ts';
import { elementCount } from '../src/tensor/tensor.ts';
import { openWasmDevice } from '../src/tensor/wasm/device.ts';

const HELP = `usage: npm run scaling -- [MODEL.onnx] [OPTIONS]

What an explanation (LRP with its forward pass, device wasm) costs on more threads, for more images, and on larger ones,
in turns in one process. Without a file: VGG-16 with synthetic weights.

  --threads LIST    default: 1, 2, 4, … up to this machine's cores
  --batches LIST    images in one run, on the most threads; default 1,2,4,8
  --sizes LIST      sides of the image, on the most threads, where the file leaves height and width open; the other
                    tables take the first of them
  --composite NAME  default epsilon-plus
  --rounds N        measured rounds, at most; default 10
  --seconds S       after which no other round of a table begins; default 30`;

const OPTIONS = {
  threads: { type: 'string' },
  batches: { type: 'string', default: '1,2,4,8' },
  sizes: { type: 'string' },
  composite: { type: 'string', default: 'epsilon-plus' },
  rounds: { type: 'string', default: '10' },
  seconds: { type: 'string', default: '30' },
} as const;

/** One line of a table. */
interface Case {
  readonly name: string;
  readonly threads: number;
  readonly batch: number;
  /** Side of the image; undefined: the network's own. */
  readonly size: number | undefined;
}

interface Measured extends Case {
  readonly wall: readonly number[];
  readonly processor: readonly number[];
  /** Bytes that the program holds, weights included. */
  readonly held: number;
  readonly pixels: number;
}

await runScript({ help: HELP, options: OPTIONS, words: { least: 0, most: 1 } }, main);

async function main({ values, positionals }: Given<typeof OPTIONS>): Promise<void> {
  const [file] = positionals;
  const bytes = file === undefined ? modelBytes(syntheticModel('vgg16')) : await readInput(file);
  const cores = availableParallelism();
  const powers = Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, power) => 2 ** power);
  const threads = countsOf(values.threads ?? powers.join(), 'threads');
  const most = Math.max(...threads);
  const timing = {
    rounds: countOption(values.rounds, 'rounds'),
    milliseconds: 1000 * countOption(values.seconds, 'seconds')!,
  };
  const sizes = values.sizes === undefined ? [undefined] : countsOf(values.sizes, 'sizes');
  const measure = (cases: readonly Omit<Case, 'size'>[]) => {
    const [size] = sizes;
    return measured(
      bytes,
      values.composite,
      cases.map((one) => ({ size, ...one })),
      timing,
    );
  };
  const name = file === undefined ? 'VGG-16, synthetic' : basename(file, '.onnx');
  console.log(
    [`# Scaling: ${name}, ${values.composite}`, '', ...environmentLines(await describeEnvironment())].join('\n'),
  );

  print(
    'threads',
    await measure(threads.map((count) => ({ name: `${count}`, threads: count, batch: 1 }))),
    (one, all) => {
      const ratio = pairedRatio(one.wall, all[0]!.wall).median;
      const efficiency = (ratio * all[0]!.threads) / one.threads;
      return ['efficiency', `${Math.round(100 * efficiency)} %`];
    },
  );
  const batches = countsOf(values.batches, 'batches').map((batch) => ({ name: `${batch}`, threads: most, batch }));
  print('batch', await measure(batches), ({ batch, processor }) => [
    'processor ms an image',
    milliseconds(summarize(processor).median / batch),
  ]);
  if (values.sizes === undefined) return;
  const sides = sizes.map((size) => ({ name: `${size}×${size}`, threads: most, batch: 1, size }));
  print('size', await measure(sides), ({ processor, pixels }) => [
    'processor ms for 10,000 pixels',
    milliseconds((1e4 * summarize(processor).median) / pixels),
  ]);
}

function countsOf(list: string, name: string): number[] {
  return list.split(',').map((word) => countOption(word.trim(), name)!);
}

/** Runs all cases in turns. */
async function measured(
  bytes: Uint8Array,
  composite: string,
  cases: readonly Case[],
  timing: { readonly rounds: number | undefined; readonly milliseconds: number },
): Promise<Measured[]> {
  const open: Disposable[] = [];
  try {
    const prepared = [];
    for (const one of cases) {
      const device = await openWasmDevice({ threads: one.threads });
      open.push(device);
      if (device.threads !== one.threads) {
        const given = `this machine gives ${device.threads}`;
        throw new SalientError('bad-argument', `--threads ${one.threads}: ${given}; ask for fewer`);
      }
      prepared.push(await prepare(device, bytes, composite, one));
    }
    const times = await interleave(prepared, timing);
    return prepared.map(({ run: _, ...one }) => {
      const wall = times.get(one.name)!;
      return { ...one, wall, processor: one.processor.slice(-wall.length) };
    });
  } finally {
    for (const device of open) device[Symbol.dispose]();
  }
}

/** A case ready to run; its processor time is noted with each run. */
async function prepare(device: Device, bytes: Uint8Array, composite: string, one: Case) {
  const { batch, size } = one;
  const inputShape = size === undefined ? undefined : [batch, 3, size, size];
  const graph = await parseModel(bytes, { batch, inputShape });
  const program = await device.prepare(relevanceProgram(graph, composite));
  const { name, shape } = graph.inputs[0]!;
  const given = new Map([[name, inputBatch(graph).data]]);
  const processor: number[] = [];
  const run = async () => {
    const [started, before] = [performance.now(), process.cpuUsage()];
    await program.run(given);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
    return performance.now() - started;
  };
  return { ...one, processor, held: program.bytes, pixels: elementCount(shape.slice(2)), run };
}

function print(
  what: string,
  all: readonly Measured[],
  last: (one: Measured, all: readonly Measured[]) => readonly [head: string, cell: string],
): void {
  const head = [what, 'ms', '5–95 %', 'images/s', 'processor ms', 'MB held', last(all[0]!, all)[0]];
  const rows = all.map((one) => {
    const { median, low, high } = summarize(one.wall);
    return [
      one.name,
      milliseconds(median),
      `${milliseconds(low)}–${milliseconds(high)}`,
      ((1000 * one.batch) / median).toFixed(1),
      milliseconds(summarize(one.processor).median),
      (one.held / 1e6).toFixed(0),
      last(one, all)[1],
    ];
  });
  console.log(['', ...markdownTable(head, rows)].join('\n'));
}
