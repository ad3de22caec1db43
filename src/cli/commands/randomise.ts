import { join } from 'node:path';
import {
  LIKENESSES,
  type Likeness,
  type Randomisation,
  type RandomisedLayer,
  randomise,
} from '../../experiments/randomise.ts';
import { SALIENCY_DEFAULTS } from '../../saliency/options.ts';
import { type Command, type CommandContext, choiceOption, countOption, parseWords } from '../command.ts';
import { writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { Pace } from '../output/progress.ts';
import { onSample, SAMPLE_OPTIONS } from '../sample.ts';

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
  --threads N             of the device wasm; default: one a core
  --json                  print the table as JSON`;

const OPTIONS = {
  ...SAMPLE_OPTIONS,
  kind: { type: 'string' },
  print: { type: 'string' },
  size: { type: 'string' },
} as const;

export const command: Command = {
  summary: { 'randomise DIR': 'whether maps change when what the network has learnt is lost' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const given = parseWords(words, OPTIONS, 'randomise');
  const { values } = given;
  const kind: Randomisation = choiceOption(values.kind, 'kind', ['cascading', 'independent']) ?? 'cascading';
  const likeness: Likeness = choiceOption(values.print, 'print', LIKENESSES) ?? 'spearman';
  const saliency = { ...SALIENCY_DEFAULTS, size: countOption(values.size, 'size') ?? 128 };
  await onSample('randomise', given, 20, async ({ model, inputs, ways, seed, out }) => {
    const pace = new Pace();
    const onProgress = (done: number, total: number) => pace.update(done, total);
    const layers = await randomise(model, inputs, { ways, saliency, kind, seed, signal, onProgress });
    pace.clear();
    const result = { model: await model.sha256(), kind, seed, images: inputs.length, layers };
    await writeFileAtomically(join(out, 'randomised.json'), Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`));
    if (values.json) printJson(result);
    else for (const line of tableLines(layers, likeness, inputs.length)) printLine(line);
  });
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
