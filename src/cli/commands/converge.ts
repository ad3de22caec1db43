import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { converge } from '../../experiments/converge.ts';
import { readDataSet } from '../../experiments/images.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { preprocess } from '../../image/preprocess.ts';
import { loadModel } from '../../model/load-model.ts';
import { type Command, type CommandContext, countOption, numberOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { deviceFrom, deviceLine } from '../options/device.ts';
import { DEFAULT_COMPOSITES, WAYS_BACK, waysFrom } from '../options/ways.ts';
import { prepareFolder, writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { Pace } from '../output/progress.ts';
import { named } from '../read.ts';

const HELP = `usage: salient converge DIR --out OUT [OPTIONS]

Whether the way back forgets where it started: two starts of random numbers at the logits, and how alike the relevance
that they bring to each layer's input is (median of |cos|; 1: every start gives the same map, which then says nothing of
the class). The table is printed and written to OUT/converged.json. docs/evaluate.md.

  --images N              of the folder, archive or list; default 10
  --pairs N               of starts for each image; default 5
  --model FILE|NAME       default: the bundled network
  --composites LIST       default ${DEFAULT_COMPOSITES}
  --methods LIST          other methods; default gradient,guided-backprop
  --seed S                of the starts; default 1
  --device auto|webgpu|wasm|reference
  --json                  print the table as JSON`;

const OPTIONS = {
  images: { type: 'string' },
  pairs: { type: 'string' },
  model: { type: 'string' },
  composites: { type: 'string' },
  methods: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  device: { type: 'string' },
} as const;

export const command: Command = {
  summary: { 'converge DIR': 'whether the way back forgets the class at which it started' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'converge');
  const [source, ...others] = positionals;
  if (source === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one folder, found ${positionals.length}; see \`salient converge --help\``,
    );
  }
  const { out } = values;
  if (out === undefined) throw new SalientError('bad-argument', '--out is missing; give a folder for the results');
  const most = countOption(values.images, 'images') ?? 10;
  const pairs = countOption(values.pairs, 'pairs') ?? 5;
  const seed = numberOption(values.seed, 'seed') ?? 1;
  const ways = waysFrom(values.composites, values.methods, WAYS_BACK);
  const { path, title } = await namedModel(values.model);
  await prepareFolder(out);
  using device = await deviceFrom(values.device);
  const say = (line: string) => values.json || printLine(line);
  for (const line of deviceLine(device).split('\n')) say(line);
  using model = await loadModel(device, path);
  say(`model: ${title}`);
  const images = (await readDataSet(source, model.labels, undefined)).images.slice(0, most);
  const inputs = await Promise.all(
    images.map(async ({ image, read }) => {
      const photo = await named(image, read().then(decodeImage));
      return preprocess(photo, model.preprocessing).tensor;
    }),
  );
  const pace = new Pace();
  const onProgress = (done: number, total: number) => pace.update(done, total);
  const layers = await converge(model, inputs, { ways, pairs, seed, signal, onProgress });
  pace.clear();
  const result = { model: await model.sha256(), images: images.length, pairs, seed, layers };
  await writeFileAtomically(join(out, 'converged.json'), Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`));
  if (values.json) {
    printJson(result);
    return;
  }
  const line = (cells: readonly string[]) => printLine(`| ${cells.join(' | ')} |`);
  printLine(`${images.length} images, ${pairs} pairs of random starts each; median of |cos| at each layer's input`);
  line(['layer', ...ways.map(({ name }) => name)]);
  line(['---', ...ways.map(() => '---')]);
  for (const { layer, cosines } of layers) line([layer, ...ways.map(({ name }) => cosines[name]?.toFixed(3) ?? '')]);
}
