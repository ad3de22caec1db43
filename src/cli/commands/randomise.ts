import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { readDataSet } from '../../experiments/images.ts';
import {
  LIKENESSES,
  type Likeness,
  type Randomisation,
  type RandomisedLayer,
  randomise,
} from '../../experiments/randomise.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { preprocess } from '../../image/preprocess.ts';
import { loadModel } from '../../model/load-model.ts';
import { SALIENCY_DEFAULTS } from '../../saliency/options.ts';
import { type Command, type CommandContext, choiceOption, countOption, numberOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { deviceFrom, deviceLine } from '../options/device.ts';
import { WAYS_BACK, waysFrom } from '../options/ways.ts';
import { prepareFolder, writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { Pace } from '../output/progress.ts';
import { named } from '../read.ts';

const HELP = `usage: salient randomise DIR --out OUT [OPTIONS]

Whether maps show what a network has learnt: its layers' weights are shuffled, from the last layer down, and the maps of
the class that it predicted are compared with those of the trained network (1: nothing changed, so the map did not depend
on what was learnt). The table is printed; all three comparisons are written to OUT/randomised.json. docs/evaluate.md.

  --kind cascading|independent   all layers from the last one down to this one (default), or this one alone
  --print spearman|ssim|hog      rank correlation (default), SSIM, or correlation of histograms of oriented gradients
  --images N              of the folder, archive or list; default 20
  --model FILE|NAME       default: the bundled network
  --composites LIST       default epsilon-plus,epsilon-gamma-box,epsilon-alpha2-beta1,salient-relevance
  --methods LIST          other methods; default gradient,guided-backprop
  --size N                SR's working size; default 128
  --seed S                of the shuffling and the bootstrap; default 1
  --device auto|webgpu|wasm|reference
  --json                  print the table as JSON`;

const OPTIONS = {
  kind: { type: 'string' },
  print: { type: 'string' },
  images: { type: 'string' },
  model: { type: 'string' },
  composites: { type: 'string' },
  methods: { type: 'string' },
  size: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  device: { type: 'string' },
} as const;

export const command: Command = {
  summary: { 'randomise DIR': 'whether maps change when what the network has learnt is lost' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'randomise');
  const [source, ...others] = positionals;
  if (source === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one folder, found ${positionals.length}; see \`salient randomise --help\``,
    );
  }
  const { out } = values;
  if (out === undefined) throw new SalientError('bad-argument', '--out is missing; give a folder for the results');
  const kind: Randomisation = choiceOption(values.kind, 'kind', ['cascading', 'independent']) ?? 'cascading';
  const likeness: Likeness = choiceOption(values.print, 'print', LIKENESSES) ?? 'spearman';
  const most = countOption(values.images, 'images') ?? 20;
  const seed = numberOption(values.seed, 'seed') ?? 1;
  const saliency = { ...SALIENCY_DEFAULTS, size: countOption(values.size, 'size') ?? 128 };
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
  const layers = await randomise(model, inputs, {
    ways,
    saliency,
    kind,
    seed,
    signal,
    onProgress: (done, total) => pace.update(done, total),
  });
  pace.clear();
  const result = { model: await model.sha256(), kind, seed, images: images.length, layers };
  await writeFileAtomically(join(out, 'randomised.json'), Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`));
  if (values.json) printJson(result);
  else for (const line of tableLines(layers, likeness, images.length)) printLine(line);
}

const TITLES: Readonly<Record<Likeness, string>> = {
  spearman: 'rank correlation',
  ssim: 'SSIM',
  hog: 'correlation of histograms of oriented gradients',
};

function tableLines(layers: readonly RandomisedLayer[], likeness: Likeness, images: number): string[] {
  const ways = Object.keys(layers[0]!.maps);
  const heads = ways.flatMap((name) => [name, 'its SR']);
  const rows = layers.map(({ layer, maps }) => [
    layer,
    ...ways.flatMap((name) =>
      [maps[name]!.relevance, maps[name]!.sr].map((like) => like[likeness]?.mean.toFixed(2) ?? ''),
    ),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `${images} images; ${TITLES[likeness]} with the trained network's maps, shuffled from the last layer to`,
    line(['layer', ...heads]),
    line(['---', ...heads.map(() => '---')]),
    ...rows.map(line),
  ];
}
