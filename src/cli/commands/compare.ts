import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SalientError } from '../../error.ts';
import { compareNetworks, KEEPS, type Made } from '../../experiments/compare-networks.ts';
import { type DataSet, readDataSet } from '../../experiments/images.ts';
import { compareReport } from '../../experiments/report.ts';
import { ResultsFile } from '../../experiments/results-file.ts';
import { sorted, summarize, verdict } from '../../experiments/summary.ts';
import { loadModel } from '../../model/load-model.ts';
import type { Model } from '../../model/model.ts';
import { withLock } from '../../store/lock.ts';
import { VERSION } from '../../version.ts';
import { type Command, type CommandContext, numberOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { COMPOSITE_HELP, COMPOSITE_OPTIONS, rulesFrom } from '../options/composite.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../options/device.ts';
import { METHOD_HELP, METHOD_OPTIONS, methodFrom } from '../options/method.ts';
import { PREPROCESS_HELP, PREPROCESS_OPTIONS, preprocessingFrom } from '../options/preprocess.ts';
import { SALIENCY_HELP, SALIENCY_OPTIONS, saliencyFrom } from '../options/saliency.ts';
import { saveComparison } from '../output/comparison.ts';
import { prepareFolder, writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { Pace } from '../output/progress.ts';
import { readLabels, stemOf } from '../read.ts';

const HELP = `usage: salient compare DIR --model A --model B --out OUT [OPTIONS]

Two networks on all photographs of a folder and its subfolders: their answers, relevance and SR maps, how these resemble
each other, and whether the maps differ where the answers do. One JSON line an image goes to OUT/results.jsonl as it is
done; called again with the same words a run goes on where it was, however it ended. Then OUT/report.html, OUT/summary.json.

  --model A --model B     files, or names (\`salient model list\`)
  --labels FILE           class names of both networks
  --truth FILE            true classes: lines "PATH CLASS"; default: the subfolders' names, where they are classes
  --keep WHICH            photographs whose montage is written (OUT/pictures): ${Object.keys(KEEPS).join(', ')}; default:
                          b-right-a-wrong where true classes are known, else disagree
  --shard I/N             only every N-th photograph from the I-th on, into OUT/results.I-of-N.jsonl (many machines;
                          \`salient merge OUT\` joins them)
  --bootstrap-seed S      of the intervals; default 1
${METHOD_HELP}
${COMPOSITE_HELP}
${PREPROCESS_HELP}
${SALIENCY_HELP}
  --device auto|webgpu|wasm|reference
  --threads N             of the device wasm; default: one a core
  --json                  print the summary as JSON`;

const OPTIONS = {
  model: { type: 'string', multiple: true },
  labels: { type: 'string' },
  truth: { type: 'string' },
  keep: { type: 'string' },
  shard: { type: 'string' },
  'bootstrap-seed': { type: 'string' },
  out: { type: 'string' },
  ...DEVICE_OPTIONS,
  ...METHOD_OPTIONS,
  ...COMPOSITE_OPTIONS,
  ...PREPROCESS_OPTIONS,
  ...SALIENCY_OPTIONS,
} as const;

export const command: Command = {
  summary: {
    'compare DIR': 'two networks on a whole folder: answers, maps, and whether the maps differ where the answers do',
  },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'compare');
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one folder, found ${positionals.length}; see \`salient compare --help\``,
    );
  }
  const names = values.model ?? [];
  if (names.length !== 2) {
    throw new SalientError('bad-argument', `expected two networks, --model A --model B, found ${names.length}`);
  }
  if (values.out === undefined)
    throw new SalientError('bad-argument', '--out is missing; give a folder for the results');
  const out = values.out;
  const seed = numberOption(values['bootstrap-seed'], 'bootstrap-seed') ?? 1;
  const shard = shardFrom(values.shard);
  const rulesWith = await rulesFrom(values);
  const [method, saliency, preprocessing] = [methodFrom(values), saliencyFrom(values), preprocessingFrom(values)];
  const labels = await readLabels(values.labels);
  const paths = await Promise.all(names.map(namedModel));
  await prepareFolder(out);

  using device = await deviceFrom(values);
  const say = (line: string) => values.json || printLine(line);
  for (const line of deviceLine(device).split('\n')) say(line);
  using a = await loadModel(device, paths[0]!.path, { labels, preprocessing });
  using b = await loadModel(device, paths[1]!.path, { labels, preprocessing });
  const data = await readDataSet(folder, b.labels, values.truth);
  const keep = keepFrom(values.keep, data);
  const explain = { ...(await rulesWith(b.preprocessing)), method, saliency };
  const describe = async (model: Model, path: string) => ({
    name: stemOf(path),
    sha256: await model.sha256(),
    preprocessing: model.preprocessing,
  });
  const header = {
    kind: 'salient compare',
    version: VERSION,
    a: await describe(a, paths[0]!.path),
    b: await describe(b, paths[1]!.path),
    explain,
    truth: data.truth,
    images: data.images.length,
    shard: `${shard.index + 1}/${shard.count}`,
    seed,
    device: device.description,
    folder: resolve(folder),
  };
  const images = data.images.filter((_, index) => index % shard.count === shard.index);
  const suffix = shard.count === 1 ? '' : `.${shard.index + 1}-of-${shard.count}`;
  const file = join(out, `results${suffix}.jsonl`);
  const busy = () => {
    throw new SalientError('io', `another process writes ${file}; wait for it, or choose another --out`);
  };
  await withLock(`${file}.lock`, signal, busy, async () => {
    const results = await ResultsFile.open(file, header);
    try {
      const had = images.filter(({ image }) => results.lines.has(image)).length;
      say(`${images.length} photographs${had > 0 ? `, ${had} of them done already` : ''}; true classes: ${data.truth}`);
      const pace = new Pace();
      const onMade = async ({ line, explanations }: Made) => {
        if (!keep(line)) return;
        const path = pictureOf(out, line.image);
        await mkdir(join(path, '..'), { recursive: true });
        await saveComparison(path, line, explanations, [header.a.name, header.b.name]);
      };
      await compareNetworks(device, [a, b], images, results, {
        explain,
        signal,
        onMade,
        onLine: (line, done, total) => {
          if ('error' in line) say(`${line.image}: ${line.reason}`);
          pace.update(done, total);
        },
      });
      pace.clear();
      if (shard.count > 1) {
        say(`wrote ${file}; when all shards are done, \`salient merge ${out}\``);
        return;
      }
      await finish(out, results.lines.values(), header, seed, values.json === true);
    } finally {
      await results.close();
    }
  });
}

/** The header of a comparison's results, as far as a report needs it. */
export interface Header {
  readonly a: { readonly name: string };
  readonly b: { readonly name: string };
  readonly explain: { readonly composite: { readonly name: string }; readonly method: { readonly name: string } };
  readonly truth: string;
  readonly version: string;
}

/** Writes the summary and the report of all lines, and prints what they say. */
export async function finish(
  out: string,
  lines: Iterable<Readonly<Record<string, unknown>>>,
  header: Header,
  seed: number,
  asJson: boolean,
): Promise<void> {
  const all = [...lines].sort((one, other) => (String(one.image) < String(other.image) ? -1 : 1));
  const summary = summarize(all, seed);
  const kept = new Set<string>();
  const { existsSync } = await import('node:fs');
  for (const { image } of sorted(all).compared) if (existsSync(pictureOf(out, image))) kept.add(image);
  const { explain, truth, version } = header;
  const report = compareReport(all, summary, {
    a: header.a.name,
    b: header.b.name,
    rules: explain.method.name === 'lrp' ? explain.composite.name : explain.method.name,
    truth,
    version,
    picture: (image) => (kept.has(image) ? `pictures/${image}.png` : undefined),
  });
  await writeFileAtomically(join(out, 'summary.json'), Buffer.from(`${JSON.stringify(summary, undefined, 2)}\n`));
  await writeFileAtomically(join(out, 'report.html'), Buffer.from(report));
  if (asJson) return printJson(summary);
  const { accuracy, failed, agree, images } = summary;
  printLine(`${images} photographs, ${failed.length} of them not explained; the networks agree on ${agree}`);
  if (accuracy) {
    for (const [name, { top1, top5 }] of [
      [header.a.name, accuracy.a],
      [header.b.name, accuracy.b],
    ] as const) {
      printLine(`${name}: top 1 ${(100 * top1).toFixed(1)} %, top 5 ${(100 * top5).toFixed(1)} %`);
    }
  }
  printLine(verdict('relevance, SSIM', summary.relevance.ssim));
  if (summary.salient) printLine(verdict('SR, SSIM', summary.salient.ssim));
  printLine(`wrote ${join(out, 'results.jsonl')}, summary.json, report.html, ${kept.size} pictures`);
}

function pictureOf(out: string, image: string): string {
  return join(out, 'pictures', `${image}.png`);
}

function shardFrom(value: string | undefined): { readonly index: number; readonly count: number } {
  if (value === undefined) return { index: 0, count: 1 };
  const match = /^(\d+)\/(\d+)$/.exec(value);
  const [index, count] = [Number(match?.[1]) - 1, Number(match?.[2])];
  if (match !== null && index >= 0 && index < count) return { index, count };
  throw new SalientError('bad-argument', `--shard is "${value}"; expected I/N with I from 1 to N, such as 3/16`);
}

function keepFrom(value: string | undefined, { images }: DataSet) {
  const known = images.some(({ truth }) => truth !== undefined);
  const name = value ?? (known ? 'b-right-a-wrong' : 'disagree');
  if (!Object.hasOwn(KEEPS, name)) {
    throw new SalientError('bad-argument', `--keep is "${name}"; choose one of ${Object.keys(KEEPS).join(', ')}`);
  }
  if (!known && /right|wrong/.test(name)) {
    throw new SalientError(
      'bad-argument',
      `--keep ${name} needs true classes; name subfolders after classes, or give --truth FILE`,
    );
  }
  return KEEPS[name]!;
}
