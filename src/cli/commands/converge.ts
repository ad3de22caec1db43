import { join } from 'node:path';
import { converge } from '../../experiments/converge.ts';
import { type Command, type CommandContext, countOption, parseWords } from '../command.ts';
import { DEFAULT_COMPOSITES } from '../options/ways.ts';
import { writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { Pace } from '../output/progress.ts';
import { onSample, SAMPLE_OPTIONS } from '../sample.ts';

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
  --threads N             of the device wasm; default: one a core
  --json                  print the table as JSON`;

const OPTIONS = {
  ...SAMPLE_OPTIONS,
  pairs: { type: 'string' },
} as const;

export const command: Command = {
  summary: { 'converge DIR': 'whether the way back forgets the class at which it started' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const given = parseWords(words, OPTIONS, 'converge');
  const { json } = given.values;
  const pairs = countOption(given.values.pairs, 'pairs') ?? 5;
  await onSample('converge', given, 10, async ({ model, inputs, ways, seed, out }) => {
    const pace = new Pace();
    const onProgress = (done: number, total: number) => pace.update(done, total);
    const layers = await converge(model, inputs, { ways, pairs, seed, signal, onProgress });
    pace.clear();
    const result = { model: await model.sha256(), images: inputs.length, pairs, seed, layers };
    await writeFileAtomically(join(out, 'converged.json'), Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`));
    if (json) {
      printJson(result);
      return;
    }
    const line = (cells: readonly string[]) => printLine(`| ${cells.join(' | ')} |`);
    printLine(`${inputs.length} images, ${pairs} pairs of random starts each; median of |cos| at each layer's input`);
    line(['layer', ...ways.map(({ name }) => name)]);
    line(['---', ...ways.map(() => '---')]);
    for (const { layer, cosines } of layers) line([layer, ...ways.map(({ name }) => cosines[name]?.toFixed(2) ?? '')]);
  });
}
