import { printable, SalientError } from '../../error.ts';
import type { Target } from '../../explain/target.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { shortLabel } from '../../image/labels.ts';
import type { Reduction, RgbImage } from '../../image/rgb-image.ts';
import type { Composite } from '../../lrp/composite.ts';
import type { ExplainOptions } from '../../model/explain-options.ts';
import type { Explanation } from '../../model/explanation.ts';
import type { ExplainInput } from '../../model/input.ts';
import { loadModel } from '../../model/load-model.ts';
import type { Model } from '../../model/model.ts';
import { readNpy } from '../../tensor/npy.ts';
import { BUNDLED_MODEL } from '../bundled.ts';
import { type Command, type CommandContext, countOption, numbersOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { COMPOSITE_HELP, COMPOSITE_OPTIONS, rulesFrom } from '../options/composite.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../options/device.ts';
import { METHOD_HELP, METHOD_OPTIONS, methodFrom } from '../options/method.ts';
import { NETWORK_HELP, NETWORK_OPTIONS, networkFrom } from '../options/network.ts';
import { placeFrom, placeName } from '../options/place.ts';
import { PREPROCESS_HELP, PREPROCESS_OPTIONS, preprocessingFrom } from '../options/preprocess.ts';
import { SALIENCY_HELP, SALIENCY_OPTIONS, saliencyFrom } from '../options/saliency.ts';
import { regionFrom, TARGETS_HELP, TARGETS_OPTIONS, targetsFrom } from '../options/targets.ts';
import { safeName, saveExplanations, savesOf, sumOf, usesSalient } from '../output/explain-output.ts';
import { prepareFolder } from '../output/files.ts';
import { manifestOf } from '../output/manifest.ts';
import { printJson, printLine } from '../output/print.ts';
import { printProfile } from '../output/profile.ts';
import { ProgressBar } from '../output/progress.ts';
import { checkStems, named, readInput, readLabels, stemOf } from '../read.ts';

const HELP = `usage: salient explain PHOTO... [OPTIONS]
       salient explain --tensor INPUT.npy... [OPTIONS]

Explains what a network sees in photographs (PNG, JPEG) or preprocessed inputs ([C,H,W] or [N,C,H,W]): relevance maps
by LRP, and salient-relevance (SR) maps by context-aware saliency on them. Results go to DIR/STEM.WHAT.

  --model FILE|NAME       an ONNX network, or the name of one (salient model list); default: the bundled ${BUNDLED_MODEL}
${NETWORK_HELP}
  --labels FILE           class names: one per line, or numbered, or JSON
${METHOD_HELP}
${COMPOSITE_HELP}
${TARGETS_HELP}
${PREPROCESS_HELP}
${SALIENCY_HELP}
  --device auto|webgpu|wasm|reference
  --threads N             of the device wasm; default: one a core
  --direct                convolutions as direct sums, without Winograd's algorithm: slower, but right on drawings and
                          text, where one pattern occurs in many places
  --batch N               photographs in one run; default 1
  --top K                 classes listed; default 5
  --start LAYER[:CHANNEL[@Y,X]]   relevance starts inside the network, at what a layer (a channel, a unit) computed
  --channels LAYER:I,J    let relevance pass only through these channels of a layer (may be repeated)
  --record LAYER          also save a layer's activation and relevance (may be repeated)
  --out DIR               default: out
  --save LIST             of heatmap, overlay, sr, montage, relevance.npy, sr.npy, json; default: all pictures and json
  --profile               time per kernel; in the JSON, per step
  --json                  print the results as JSON`;

const OPTIONS = {
  tensor: { type: 'string', multiple: true },
  model: { type: 'string' },
  labels: { type: 'string' },
  ...DEVICE_OPTIONS,
  direct: { type: 'boolean' },
  batch: { type: 'string' },
  top: { type: 'string' },
  start: { type: 'string' },
  channels: { type: 'string', multiple: true },
  record: { type: 'string', multiple: true },
  out: { type: 'string' },
  save: { type: 'string' },
  profile: { type: 'boolean' },
  ...NETWORK_OPTIONS,
  ...METHOD_OPTIONS,
  ...COMPOSITE_OPTIONS,
  ...TARGETS_OPTIONS,
  ...PREPROCESS_OPTIONS,
  ...SALIENCY_OPTIONS,
} as const;

export const command: Command = {
  summary: {
    'explain PHOTO...': 'relevance and salient-relevance maps of photographs',
    'explain --tensor X.npy': 'the same for an already preprocessed input',
  },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'explain');
  const tensors = values.tensor ?? [];
  const paths = [...positionals, ...tensors];
  if (paths.length === 0) {
    throw new SalientError('bad-argument', 'there is nothing to explain; give photographs, or --tensor INPUT.npy');
  }
  const array = positionals.find((path) => path.endsWith('.npy'));
  if (array !== undefined) {
    throw new SalientError('bad-argument', `"${array}" is no photograph but an array; give it as --tensor ${array}`);
  }
  checkStems(paths);
  // What is wrong whatever the model is found before a device and a model are opened.
  const asked = saliencyFrom(values);
  const saves = paths.map((path) => savesOf(values.save, !tensors.includes(path), asked !== false));
  // What no result holds is not computed.
  const saliency = saves.flat().some(usesSalient) && asked;
  const method = methodFrom(values);
  const atRegion = await regionFrom(values.region);
  const targets = targetsFrom(values)?.map(atRegion);
  const rulesWith = await rulesFrom(targets === undefined ? values : { ...values, target: undefined });
  const preprocessing = preprocessingFrom(values);
  const network = networkFrom(values);
  const { path: modelPath, title } = await namedModel(values.model);
  const labels = await readLabels(values.labels);
  const channels = channelsFrom(values.channels);
  const start = placeFrom(values.start);
  checkRecorded(values.record ?? []);
  const top = countOption(values.top, 'top');
  const batch = countOption(values.batch, 'batch');
  const out = values.out ?? 'out';
  await prepareFolder(out);
  const say = (line: string) => {
    if (!values.json) for (const part of line.split('\n')) printLine(part);
  };

  using device = await deviceFrom(values);
  say(deviceLine(device));
  using model = await loadModel(device, modelPath, { labels, preprocessing, ...network });
  say(`model: ${title}`);
  say(`explained: ${model.logits.reason}`);
  if (positionals.length > 0) say(`preprocessing: ${model.preprocessingOrigin}`);

  const bar = new ProgressBar();
  const rules = await rulesWith(model.preprocessing);
  const options: ExplainOptions = {
    ...rules,
    ...(values.region !== undefined && { target: atRegion(rules.target) }),
    method,
    saliency,
    direct: values.direct,
    start,
    channels,
    record: values.record,
    top,
    profile: values.profile,
    signal,
    onProgress: bar.update,
  };
  const summaries: unknown[] = [];
  let inRun = 0;
  const all =
    targets === undefined
      ? explained(model, paths, tensors, options, batch)
      : explainedTargets(model, paths, tensors, options, targets);
  for await (const { path, explanations, reduced } of all) {
    bar.clear();
    const manifest = {
      ...(await manifestOf(model, modelPath, path, explanations, options, values.region)),
      ...(reduced && { reduced }),
    };
    const titles = {
      title: `${targets === undefined ? targetName(explanations[0]!) : `${targets.length} targets`}: ${stemOf(path)}`,
      subtitle: `${stemOf(modelPath)}, ${method.name === 'lrp' ? (options.composite as Composite).name : method.name}`,
    };
    const wanted = saves[paths.indexOf(path)]!;
    const files = await saveExplanations(
      out,
      stemOf(path),
      explanations,
      wanted,
      titles,
      manifest,
      targets && targetNames(explanations, values.target ?? []),
    );
    summaries.push({ ...manifest, files });
    say('');
    const hint =
      wanted.includes('json') && method.name === 'lrp' ? `; layer by layer: the ledger in ${stemOf(path)}.json` : '';
    for (const [index, explanation] of explanations.entries()) {
      const which = targets === undefined ? `sample ${index}` : targetName(explanation);
      say(`${explanations.length === 1 ? path : `${path}, ${which}`}: ${summaryOf(explanation)}${hint}`);
    }
    if (reduced) say(`  a large picture: it was read at 1/${reduced} of its width and height`);
    if (files.length > 0) say(`  wrote ${files.join(', ')}`);
    for (const { layer, warning } of explanations.flatMap(({ layers }) => layers)) {
      if (warning) say(`  layer "${layer}": ${warning}`);
    }
    for (const explanation of explanations) {
      // Times are of a whole run, so they follow its last image.
      if (++inRun < explanation.batch) continue;
      inRun = 0;
      if (explanation.profile) printProfile(explanation.profile, explanation.batch, say);
    }
  }
  if (values.json) printJson(summaries);
}

interface Explained {
  readonly path: string;
  readonly explanations: readonly Explanation[];
  /** Of a large photograph. */
  readonly reduced?: Reduction | undefined;
}

/** Explains all inputs in their order: photographs in batches, each tensor by itself. */
async function* explained(
  model: Model,
  paths: readonly string[],
  tensors: readonly string[],
  options: ExplainOptions,
  batch: number | undefined,
): AsyncGenerator<Explained> {
  const photos = paths.filter((path) => !tensors.includes(path));
  const reductions: (Reduction | undefined)[] = [];
  const images = async function* (): AsyncGenerator<ExplainInput> {
    for (const path of photos) {
      const photo = await decoded(path, options.signal);
      reductions.push(photo.reduced);
      yield photo;
    }
  };
  let next = 0;
  for await (const explanation of model.explainMany(images(), { ...options, batch })) {
    yield { path: photos[next]!, explanations: [explanation], reduced: reductions[next++] };
  }
  for (const path of tensors) {
    const tensor = readNpy(await readInput(path), `"${path}"`);
    yield { path, explanations: await named(path, model.explainBatch([tensor], options)) };
  }
}

/** Several targets of each input, one input after the other. */
async function* explainedTargets(
  model: Model,
  paths: readonly string[],
  tensors: readonly string[],
  { target: _, ...options }: ExplainOptions,
  targets: readonly Target[],
): AsyncGenerator<Explained> {
  for (const path of paths) {
    const input = tensors.includes(path)
      ? readNpy(await readInput(path), `"${path}"`)
      : await decoded(path, options.signal);
    const explanations = await named(path, model.explainTargets(input, targets, options));
    yield { path, explanations, reduced: 'reduced' in input ? input.reduced : undefined };
  }
}

function decoded(path: string, signal: AbortSignal | undefined): Promise<RgbImage> {
  return named(
    path,
    readInput(path).then((bytes) => decodeImage(bytes, { signal })),
  );
}

function targetName({ target }: Explanation): string {
  if (target.place) return placeName(target.place);
  return target.class ? shortLabel(target.class.label) : 'classes by weight';
}

/** Parts of file names, each there once: labels, or as the command line has it where that says a position. */
function targetNames(explanations: readonly Explanation[], words: readonly string[]): string[] {
  const seen = new Set<string>();
  return explanations.map((explanation, target) => {
    const name = safeName(words[target]?.includes('@') ? words[target] : targetName(explanation));
    const own = seen.has(name) ? `${name}-${explanation.target.class?.index}` : name;
    if (seen.has(own)) throw new SalientError('bad-argument', `the class "${own}" is a target twice; name it once`);
    seen.add(own);
    return own;
  });
}

/** Share of the start up to which a difference of sums is rounding. */
const ROUNDING = 1e-4;

function summaryOf({ method, completenessError, classes, target, relevance, layers }: Explanation): string {
  const percent = (probability: number) => `${(100 * probability).toFixed(1)} %`;
  const list = classes.map(
    ({ index, label, probability }) => `${index} ${printable(shortLabel(label))} ${percent(probability)}`,
  );
  if (method !== 'lrp') {
    const error =
      completenessError === undefined ? '' : `; completeness error ${(100 * completenessError).toPrecision(2)} %`;
    return [list.join(', '), `  ${method}: the map sums to ${sumOf(relevance).toPrecision(6)}${error}`].join('\n');
  }
  const { start } = target;
  const inMap = sumOf(relevance);
  const total = (part: 'bias' | 'stabilizer') => layers.reduce((sum, layer) => sum + layer[part], 0);
  const [bias, stabilizer] = [total('bias'), total('stabilizer')];
  const other = start - inMap - bias - stabilizer;
  const elsewhere = Math.abs(other) > ROUNDING * Math.abs(start) ? `, ${other.toPrecision(6)} to neither` : '';
  const of = target.class
    ? `"${printable(shortLabel(target.class.label))}"`
    : target.place
      ? printable(placeName(target.place))
      : 'the weighted classes';
  const { count = 0, box: [y, x] = [] } = target.pixels ?? {};
  const at = count === 0 ? '' : count === 1 ? ` at row ${y}, column ${x}` : ` over ${count} pixels`;
  return [
    list.join(', '),
    `  relevance of ${of}${at}: ${start.toPrecision(6)} at the start, ${inMap.toPrecision(6)} in the map;`,
    `  the rest went to biases (${bias.toPrecision(6)}) and the stabilizer (${stabilizer.toPrecision(3)})${elsewhere}`,
  ].join('\n');
}

/** Two layers whose names are the same in a file's name would overwrite each other. */
function checkRecorded(layers: readonly string[]): void {
  const byName = new Map<string, string>();
  for (const layer of new Set(layers)) {
    const other = byName.get(safeName(layer));
    if (other !== undefined) {
      throw new SalientError(
        'bad-argument',
        `--record of "${other}" and "${layer}" would write the same files; record them in two calls`,
      );
    }
    byName.set(safeName(layer), layer);
  }
}

/** Channels by layer of `LAYER:I,J`. */
function channelsFrom(words: readonly string[] | undefined): Record<string, number[]> | undefined {
  if (words === undefined) return undefined;
  return Object.fromEntries(
    words.map((word) => {
      const colon = word.lastIndexOf(':');
      if (colon > 0) return [word.slice(0, colon), numbersOption(word.slice(colon + 1), 'channels')!];
      throw new SalientError('bad-argument', `--channels is "${word}"; expected LAYER:I,J`);
    }),
  );
}
