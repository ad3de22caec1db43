import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { type DataImage, readDataSet } from '../../experiments/images.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { encodePng } from '../../image/codec/png-encode.ts';
import {
  type ConceptExamplePicture,
  type ConceptPicture,
  conceptSheet,
  strongestSquare,
} from '../../image/draw/concept-sheet.ts';
import { shortLabel } from '../../image/labels.ts';
import type { Region } from '../../image/rgb-image.ts';
import { conceptExamples } from '../../model/concept-examples.ts';
import { type ConceptOptions, explainConcepts } from '../../model/concepts.ts';
import type { Explanation } from '../../model/explanation.ts';
import { loadModel } from '../../model/load-model.ts';
import type { Model } from '../../model/model.ts';
import { writeNpy } from '../../tensor/npy.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { VERSION } from '../../version.ts';
import { type Command, type CommandContext, countOption, numbersOption, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { COMPOSITE_HELP, COMPOSITE_OPTIONS, rulesFrom } from '../options/composite.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../options/device.ts';
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
  --threads N             of the device wasm; default: one a core
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
  ...DEVICE_OPTIONS,
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

  using device = await deviceFrom(values);
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
  const portraits = examples && (await portraitsOf(model, examples, options));
  const rows = [];
  for (const { channel, relevance, share, map } of concepts) {
    const percent = `${(100 * share).toFixed(1)} %`;
    const own: ConceptPicture = { photo: explanation.shown!, map, caption: stemOf(path) };
    const found = portraits?.get(channel) ?? [];
    rows.push({ heading: `channel ${channel}: ${percent} of the layer's relevance`, own, examples: found });
    const names = found.map(({ image, share: shared }) => `${image} ${(100 * shared).toFixed(1)} %`);
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
      ...(portraits && {
        examples: portraits.get(channel)!.map(({ image, class: of, share: own, crop }) => {
          return { image, class: of, share: own, box: boxOf(crop) };
        }),
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

/** An example as a picture: the photograph with what passes through the channel there, and where most of it is. */
interface Portrait extends ConceptExamplePicture {
  readonly image: string;
  /** The photograph's own answer. */
  readonly class: string;
  readonly share: number;
}

/** By channel. A photograph that is an example of several channels is explained once, all of them in one run. */
async function portraitsOf(
  model: Model,
  examples: Examples,
  { target: _, ...options }: ConceptOptions,
): Promise<Map<number, Portrait[]>> {
  const wanted = new Map<DataImage, number[]>();
  for (const [channel, found] of examples) {
    for (const { key } of found) wanted.set(key, [...(wanted.get(key) ?? []), channel]);
  }
  const drawn = new Map<DataImage, { readonly explanation: Explanation; readonly maps: ReadonlyMap<number, Tensor> }>();
  const bar = new ProgressBar();
  try {
    for (const [key, channels] of wanted) {
      bar.update({ phase: 'maps of examples', done: drawn.size, total: wanted.size });
      const photo = await named(key.image, key.read().then(decodeImage));
      const { explanation, concepts } = await explainConcepts(model, photo, { ...options, channels });
      drawn.set(key, { explanation, maps: new Map(concepts.map(({ channel, map }) => [channel, map])) });
    }
  } finally {
    bar.clear();
  }
  return new Map(
    Array.from(examples, ([channel, found]) => {
      const portraits = found.map(({ key, share }): Portrait => {
        const { explanation, maps } = drawn.get(key)!;
        const { label } = explanation.target.class!;
        const map = maps.get(channel)!;
        const caption = `${shortLabel(label)}, ${(100 * share).toFixed(1)} %`;
        const crop = strongestSquare(map);
        return { image: key.image, class: label, share, photo: explanation.shown!, map, caption, crop };
      });
      return [channel, portraits] as const;
    }),
  );
}

/** A region as a target's box: the first row and column, and the first ones that do not belong to it. */
function boxOf({ x, y, width, height }: Region): [top: number, left: number, bottom: number, right: number] {
  return [y, x, y + height, x + width];
}
