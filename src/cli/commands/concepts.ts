import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { conceptExamples } from '../../experiments/concept-examples.ts';
import { type DataImage, readDataSet } from '../../experiments/images.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { encodePng } from '../../image/codec/png-encode.ts';
import { type ConceptPicture, conceptSheet } from '../../image/draw/concept-sheet.ts';
import { shortLabel } from '../../image/labels.ts';
import { type ConceptOptions, explainConcepts } from '../../model/concepts.ts';
import { loadModel } from '../../model/load-model.ts';
import type { Model } from '../../model/model.ts';
import { writeNpy } from '../../tensor/npy.ts';
import { VERSION } from '../../version.ts';
import { type Command, type CommandContext, countOption, numbersOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { COMPOSITE_HELP, COMPOSITE_OPTIONS, rulesFrom } from '../options/composite.ts';
import { deviceFrom, deviceLine } from '../options/device.ts';
import { NETWORK_HELP, NETWORK_OPTIONS, networkFrom } from '../options/network.ts';
import { PREPROCESS_HELP, PREPROCESS_OPTIONS, preprocessingFrom } from '../options/preprocess.ts';
import { prepareFolder, writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { ProgressBar } from '../output/progress.ts';
import { named, readInput, readLabels, stemOf } from '../read.ts';

const HELP = `usage: salient concepts PHOTO --layer LAYER [OPTIONS]

Which channels of a layer made the answer, and what each of them looks at (concept relevance propagation): the most
relevant channels, each with the relevance that passes through it alone, and, with --images, the photographs of a folder
in which it is used most, cut to where it is. Results: DIR/STEM.concepts.png, .json and .npy (the maps [K,C,H,W]).

  --layer LAYER           a layer, or value, [N,C,h,w]; \`salient model inspect\` lists them
  --top K                 the K most relevant channels; default 8
  --channels I,J          these channels instead
  --images DIR            a folder of photographs for examples
  --examples N            how many examples of each channel; default 4
  --model FILE|NAME       an ONNX network, or the name of one (salient model list); default: the bundled one
${NETWORK_HELP}
  --labels FILE           class names
${COMPOSITE_HELP}
${PREPROCESS_HELP}
  --device auto|webgpu|wasm|reference
  --out DIR               default: out
  --json                  print the figures as JSON`;

const OPTIONS = {
  layer: { type: 'string' },
  top: { type: 'string' },
  channels: { type: 'string' },
  images: { type: 'string' },
  examples: { type: 'string' },
  model: { type: 'string' },
  labels: { type: 'string' },
  device: { type: 'string' },
  out: { type: 'string' },
  ...NETWORK_OPTIONS,
  ...COMPOSITE_OPTIONS,
  ...PREPROCESS_OPTIONS,
} as const;

export const command: Command = {
  summary: { 'concepts PHOTO': 'which channels of a layer made the answer, and what each looks at' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'concepts');
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one photograph, found ${positionals.length}; see \`salient concepts --help\``,
    );
  }
  const { layer } = values;
  if (layer === undefined) {
    throw new SalientError('bad-argument', '--layer is missing; `salient model inspect` lists the layers');
  }
  const top = countOption(values.top, 'top');
  const channels = numbersOption(values.channels, 'channels');
  const most = countOption(values.examples, 'examples') ?? 4;
  if (values.examples !== undefined && values.images === undefined) {
    throw new SalientError('bad-argument', '--examples needs --images DIR, a folder of photographs');
  }
  const rulesWith = await rulesFrom(values);
  const preprocessing = preprocessingFrom(values);
  const network = networkFrom(values);
  const labels = await readLabels(values.labels);
  const { path: modelPath, title } = await namedModel(values.model);
  const photo = await named(path, readInput(path).then(decodeImage));
  const out = values.out ?? 'out';
  await prepareFolder(out);
  const say = (line: string) => {
    if (!values.json) for (const part of line.split('\n')) printLine(part);
  };

  using device = await deviceFrom(values.device);
  say(deviceLine(device));
  using model = await loadModel(device, modelPath, { labels, preprocessing, ...network });
  say(`model: ${title}`);
  const rules = await rulesWith(model.preprocessing);
  const options: ConceptOptions = { ...rules, layer, top, channels, signal };
  const { explanation, concepts } = await named(path, explainConcepts(model, photo, options));
  const of = shortLabel(explanation.target.class?.label ?? '');
  say(`${path}: relevance of "${of}" at layer "${layer}", by channel`);

  const chosen = concepts.map(({ channel }) => channel);
  const folder = values.images;
  const examples =
    folder === undefined
      ? undefined
      : await examplesFrom(model, await photosOf(folder, model), chosen, most, options, say);
  const rows = [];
  for (const { channel, relevance, share, map } of concepts) {
    const percent = `${(100 * share).toFixed(1)} %`;
    const own: ConceptPicture = { photo: explanation.shown!, map, caption: stemOf(path) };
    const found = examples?.get(channel) ?? [];
    rows.push({
      heading: `channel ${channel}: ${percent} of the layer's relevance`,
      own,
      examples: await Promise.all(found.map((example) => portrait(model, example, channel, options))),
    });
    const names = found.map(({ key, share: shared }) => `${key.image} ${(100 * shared).toFixed(1)} %`);
    const list = names.length > 0 ? `; most in ${names.join(', ')}` : '';
    say(`  channel ${String(channel).padStart(4)}  ${percent.padStart(7)}  ${relevance.toPrecision(5)}${list}`);
  }
  const { shape } = concepts[0]!.map;
  const size = concepts[0]!.map.data.length;
  const data = new Float32Array(concepts.length * size);
  for (const [index, { map }] of concepts.entries()) data.set(map.data, index * size);
  const figures = {
    input: path,
    model: { file: modelPath, sha256: await model.sha256() },
    version: VERSION,
    device: device.description,
    composite: rules.composite.name,
    layer,
    target: explanation.target,
    channels: concepts.map(({ channel, relevance, share }) => ({
      ...{ channel, relevance, share },
      ...(examples && {
        examples: examples.get(channel)!.map(({ key, share: own }) => ({ image: key.image, share: own })),
      }),
    })),
  };
  const sheet = conceptSheet({
    title: `${of}: ${stemOf(path)}`,
    subtitle: `channels of layer ${layer}, ${stemOf(modelPath)}, ${rules.composite.name}`,
    photo: explanation.shown!,
    rows,
  });
  const stem = join(out, `${stemOf(path)}.concepts`);
  await writeFileAtomically(`${stem}.png`, await encodePng(sheet));
  await writeFileAtomically(`${stem}.npy`, writeNpy({ shape: [concepts.length, ...shape], data }));
  await writeFileAtomically(`${stem}.json`, Buffer.from(`${JSON.stringify(figures, undefined, 2)}\n`));
  say(`  wrote ${stem}.png, ${stem}.npy, ${stem}.json`);
  if (values.json) printJson(figures);
}

async function photosOf(folder: string, model: Model): Promise<readonly DataImage[]> {
  return (await readDataSet(folder, model.labels, undefined)).images;
}

type Examples = ReadonlyMap<number, readonly { readonly key: DataImage; readonly share: number }[]>;

async function examplesFrom(
  model: Model,
  images: readonly DataImage[],
  channels: readonly number[],
  most: number,
  options: ConceptOptions,
  say: (line: string) => void,
): Promise<Examples> {
  const bar = new ProgressBar();
  const read = async function* () {
    for (const [done, key] of images.entries()) {
      bar.update({ phase: 'examples', done, total: images.length });
      try {
        yield { key, input: await named(key.image, key.read().then(decodeImage)) };
      } catch (error) {
        if (!(error instanceof SalientError && error.code === 'bad-image')) throw error;
        bar.clear();
        say(`  left out: ${error.message}`);
      }
    }
  };
  try {
    return await conceptExamples(model, read(), channels, most, options);
  } finally {
    bar.clear();
  }
}

/** An example as a picture: the photograph with what passes through the channel there. */
async function portrait(
  model: Model,
  { key, share }: { readonly key: DataImage; readonly share: number },
  channel: number,
  { target: _, ...options }: ConceptOptions,
): Promise<ConceptPicture> {
  const photo = await decodeImage(await key.read());
  const { explanation, concepts } = await explainConcepts(model, photo, { ...options, channels: [channel] });
  const label = shortLabel(explanation.target.class!.label);
  return {
    photo: explanation.shown!,
    map: concepts[0]!.map,
    caption: `${label}, ${(100 * share).toFixed(1)} %`,
  };
}
