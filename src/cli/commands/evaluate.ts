import { join, resolve } from 'node:path';
import { SalientError } from '../../error.ts';
import { type Estimate, meanWithInterval } from '../../evaluate/bootstrap.ts';
import type { Replacement } from '../../evaluate/perturbation.ts';
import { evaluateExplanations, type Scores } from '../../experiments/evaluate-explanations.ts';
import { readDataSet } from '../../experiments/images.ts';
import { type Line, ResultsFile } from '../../experiments/results-file.ts';
import { loadModel } from '../../model/load-model.ts';
import { SALIENCY_DEFAULTS } from '../../saliency/options.ts';
import { withLock } from '../../store/lock.ts';
import { VERSION } from '../../version.ts';
import { type Command, type CommandContext, choiceOption, countOption, numberOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../options/device.ts';
import { DEFAULT_COMPOSITES, waysFrom } from '../options/ways.ts';
import { prepareFolder, writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { Pace } from '../output/progress.ts';
import { readLabels } from '../read.ts';

const HELP = `usage: salient evaluate DIR --out OUT [OPTIONS]

Measures explanations of the photographs of a folder and its subfolders: relevance, SR, and relevance blurred as wide as
SR, beside baselines that know nothing of the network (random, centre, edges). Perturbation curves (AOPC, most and least
relevant patches first), sparseness, complexity, class blindness, sensitivity to noise; where NAME.mask.png lies beside
NAME.png, localisation. One JSON line an image goes to OUT/scores.jsonl; called again, a run goes on where it was.
Definitions: docs/evaluate.md.

  --model FILE|NAME       default: the bundled network
  --labels FILE           class names
  --composites LIST       default ${DEFAULT_COMPOSITES}
  --methods LIST          other methods; default gradient,guided-backprop
  --patch N               side of the patches in pixels; default 8
  --steps N               steps of a curve; default 16
  --replace mean|blur|noise   what patches are replaced by; default mean
  --noisy N               noisy copies, whose maps tell how far noise moves a map; default 4
  --size N                SR's working size; default 250
  --seed S                of noise, random maps and bootstrap; default 1
  --device auto|webgpu|wasm|reference
  --threads N             of the device wasm; default: one a core
  --json                  print the table as JSON`;

const OPTIONS = {
  model: { type: 'string' },
  labels: { type: 'string' },
  composites: { type: 'string' },
  methods: { type: 'string' },
  patch: { type: 'string' },
  steps: { type: 'string' },
  replace: { type: 'string' },
  noisy: { type: 'string' },
  size: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  ...DEVICE_OPTIONS,
} as const;

export const command: Command = {
  summary: { 'evaluate DIR': 'measures of explanations, beside their baselines' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'evaluate');
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one folder, found ${positionals.length}; see \`salient evaluate --help\``,
    );
  }
  if (values.out === undefined)
    throw new SalientError('bad-argument', '--out is missing; give a folder for the results');
  const out = values.out;
  const seed = numberOption(values.seed, 'seed') ?? 1;
  const patch = countOption(values.patch, 'patch') ?? 8;
  const steps = countOption(values.steps, 'steps') ?? 16;
  const replace: Replacement = choiceOption(values.replace, 'replace', ['mean', 'blur', 'noise']) ?? 'mean';
  const noisy = values.noisy === '0' ? 0 : (countOption(values.noisy, 'noisy') ?? 4);
  const saliency = { ...SALIENCY_DEFAULTS, size: countOption(values.size, 'size') ?? SALIENCY_DEFAULTS.size };
  const ways = waysFrom(values.composites, values.methods);
  const labels = await readLabels(values.labels);
  const { path, title } = await namedModel(values.model);
  await prepareFolder(out);
  using device = await deviceFrom(values);
  const say = (line: string) => values.json || printLine(line);
  for (const line of deviceLine(device).split('\n')) say(line);
  using model = await loadModel(device, path, { labels });
  say(`model: ${title}`);
  const { images } = await readDataSet(folder, model.labels, undefined);
  const header = {
    kind: 'salient evaluate',
    version: VERSION,
    model: { sha256: await model.sha256(), preprocessing: model.preprocessing },
    ways: ways.map(({ name }) => name),
    ...{ patch, steps, replace, noisy, saliency, seed },
    images: images.length,
    device: device.description,
    folder: resolve(folder),
  };
  const file = join(out, 'scores.jsonl');
  const busy = () => {
    throw new SalientError('io', `another process writes ${file}; wait for it, or choose another --out`);
  };
  await withLock(`${file}.lock`, signal, busy, async () => {
    const results = await ResultsFile.open(file, header);
    try {
      const pace = new Pace();
      const onLine = (line: Line, done: number, total: number) => {
        if ('error' in line) say(`${line.image}: ${line.reason}`);
        pace.update(done, total);
      };
      await evaluateExplanations(model, images, results, {
        ways,
        saliency,
        patch,
        steps,
        replace,
        noisy,
        seed,
        signal,
        onLine,
      });
      pace.clear();
      const table = tableOf(results.lines.values(), seed);
      await writeFileAtomically(join(out, 'table.json'), Buffer.from(`${JSON.stringify(table, undefined, 2)}\n`));
      if (values.json) printJson(table);
      else for (const line of tableLines(table, results.lines)) printLine(line);
    } finally {
      await results.close();
    }
  });
}

/** Means with 95 % intervals of each measure, by map. */
type Table = Readonly<Record<string, Readonly<Partial<Record<keyof Scores, Estimate>>>>>;

function tableOf(lines: Iterable<Line>, seed: number): Table {
  const all = [...lines].flatMap(({ scores }): Record<string, Scores>[] =>
    scores === undefined ? [] : [scores as Record<string, Scores>],
  );
  const names = [...new Set(all.flatMap((scores) => Object.keys(scores)))];
  return Object.fromEntries(
    names.map((name) => {
      const own = all.flatMap((scores) => scores[name] ?? []);
      const measures = [...new Set(own.flatMap((scores) => Object.keys(scores)))] as (keyof Scores)[];
      const estimate = (measure: keyof Scores) =>
        meanWithInterval(
          own.flatMap((scores) => scores[measure] ?? []),
          seed,
        );
      return [name, Object.fromEntries(measures.map((measure) => [measure, estimate(measure)]))];
    }),
  );
}

const TITLES: Readonly<Record<keyof Scores, string>> = {
  morf: 'AOPC MoRF ↑',
  lerf: 'AOPC LeRF ↓',
  inside: 'inside ↑',
  weighted: '× even ↑',
  points: 'points ↑',
  rank: 'rank acc. ↑',
  sparseness: 'Gini',
  complexity: 'entropy',
  classBlind: 'class-blind ↓',
  sensitivity: 'sensitivity ↓',
};

/** The table as Markdown. */
function tableLines(table: Table, lines: ReadonlyMap<string, Line>): string[] {
  const used = (Object.keys(TITLES) as (keyof Scores)[]).filter((measure) =>
    Object.values(table).some((scores) => scores[measure] !== undefined),
  );
  const shares = [...lines.values()].flatMap(({ share }) => (share as number | undefined) ?? []);
  const cell = (estimate: Estimate | undefined) => {
    if (estimate === undefined) return '';
    return `${estimate.mean.toFixed(3)} ±${((estimate.high - estimate.low) / 2).toFixed(3)}`.replaceAll('-', '−');
  };
  return [
    `${lines.size} photographs; means and half the 95 % bootstrap interval${shares.length > 0 ? `; the object covers ${((100 * shares.reduce((a, b) => a + b, 0)) / shares.length).toFixed(1)} %` : ''}`,
    '',
    `| map | ${used.map((measure) => TITLES[measure]).join(' | ')} |`,
    `| --- |${' --- |'.repeat(used.length)}`,
    ...Object.entries(table).map(
      ([name, scores]) => `| ${name} | ${used.map((measure) => cell(scores[measure])).join(' | ')} |`,
    ),
  ];
}
