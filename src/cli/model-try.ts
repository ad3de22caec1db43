import { dirname, resolve } from 'node:path';
import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { decodeImage } from '../image/codec/decode.ts';
import { shortLabel } from '../image/labels.ts';
import { PRESETS, type Preprocessing, preprocess } from '../image/preprocess.ts';
import type { ClassScore } from '../model/classes.ts';
import { loadModel } from '../model/load-model.ts';
import { fitted } from '../model/own-settings.ts';
import { withMetadata } from '../onnx/metadata.ts';
import { type CommandContext, countOption, parseWords } from './command.ts';
import { namedModel } from './model-path.ts';
import { DEVICE_OPTIONS, deviceFrom } from './options/device.ts';
import { NETWORK_OPTIONS, networkFrom } from './options/network.ts';
import { writeFileAtomically } from './output/files.ts';
import { printJson, printLine } from './output/print.ts';
import { named, readInput, readLabels } from './read.ts';

const OPTIONS = {
  labels: { type: 'string' },
  ...DEVICE_OPTIONS,
  top: { type: 'string' },
  choose: { type: 'string' },
  write: { type: 'string' },
  ...NETWORK_OPTIONS,
} as const;

/** One way to make the network's input, and what the network says then. */
interface Trial {
  /** In words that the command line takes. */
  readonly flags: string;
  readonly preprocessing: Preprocessing;
  readonly classes: readonly ClassScore[];
}

type Numbers = Pick<Preprocessing, 'range' | 'mean' | 'std'>;

/** How training code scales pixels, by the names of where it is usual. */
const SCALES: Readonly<Record<string, Numbers>> = {
  'as ImageNet in PyTorch': PRESETS.imagenet,
  'from 0 to 1': { range: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  'from -1 to 1': { range: 1, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  'as in Caffe': PRESETS.caffe,
  'from 0 to 255': PRESETS.none,
};

/** `salient model try FILE PHOTO`: every usual preprocessing, the one with the most confident answer first. */
export async function tryPreprocessing(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'model');
  const [file, photoPath, ...others] = positionals;
  if (file === undefined || photoPath === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `found ${positionals.length} words, expected a model and a photograph: salient model try FILE PHOTO`,
    );
  }
  const top = countOption(values.top, 'top') ?? 3;
  const choice = countOption(values.choose, 'choose');
  if ((choice === undefined) !== (values.write === undefined)) {
    throw new SalientError('bad-argument', '--choose N and --write FILE.onnx belong together; give both');
  }
  const labels = await readLabels(values.labels);
  const { path } = await namedModel(file);
  const photo = await named(photoPath, readInput(photoPath).then(decodeImage));
  using device = await deviceFrom(values);
  using model = await loadModel(device, path, { labels, ...networkFrom(values) });
  const trials: Trial[] = [];
  for (const { flags, preprocessing } of candidates(await model.graph())) {
    const { tensor } = preprocess(photo, preprocessing);
    const [prediction] = await model.predict([tensor], { top, signal });
    trials.push({ flags, preprocessing, classes: prediction!.classes });
  }
  trials.sort((a, b) => b.classes[0]!.probability - a.classes[0]!.probability);
  if (values.json) printJson({ model: path, photo: photoPath, preprocessing: model.preprocessingOrigin, trials });
  else {
    printLine(`${path}, ${photoPath}: the answer under every usual preprocessing, the most confident first.`);
    printLine('Confidence is a hint; what counts is that the names are right.');
    for (const [index, { flags, classes }] of trials.entries()) {
      const answers = classes.map(
        ({ index: k, label, probability }) => `${k} ${shortLabel(label)} ${(100 * probability).toFixed(1)} %`,
      );
      printLine(`${String(index + 1).padStart(4)}  ${answers.join(', ')}`);
      printLine(`      ${flags}`);
    }
    if (choice === undefined) printLine('--choose N --write FILE.onnx writes a copy of the model that says N itself');
  }
  if (choice === undefined || values.write === undefined) return;
  const chosen = trials[choice - 1];
  if (chosen === undefined) {
    throw new SalientError('bad-argument', `--choose is ${choice}; expected 1 to ${trials.length}`);
  }
  await writeCopy(path, values.write, chosen.preprocessing);
  if (!values.json) printLine(`wrote ${values.write}`);
}

/** Every usual preprocessing in the network's size. */
function* candidates(graph: Graph): Generator<Omit<Trial, 'classes'>> {
  const [, channels, height, width] = graph.inputs[0]!.shape as [number, number, number, number];
  const orders = channels === 1 ? (['grey'] as const) : (['rgb', 'bgr'] as const);
  const cut = fitted(PRESETS.imagenet, graph);
  const frames = graph.openPlane
    ? [cut]
    : [...(cut.crop === null ? [] : [cut]), { resize: [height, width] as const, crop: null }];
  for (const numbers of Object.values(SCALES)) {
    for (const order of orders) {
      for (const { resize, crop } of frames) {
        // Caffe's means are of blue, green and red.
        const turned = (order === 'rgb') === (numbers === PRESETS.caffe);
        const { range, mean, std } = turned && order !== 'grey' ? reversed(numbers) : numbers;
        const grey = fitted({ ...PRESETS.none, range, mean, std }, graph);
        const scale = order === 'grey' ? { range, mean: grey.mean, std: grey.std } : { range, mean, std };
        const preprocessing = { resize, crop, order, ...scale };
        yield { flags: flagsOf(preprocessing), preprocessing };
      }
    }
  }
}

function reversed({ range, mean, std }: Numbers): Numbers {
  return { range, mean: [mean[2], mean[1], mean[0]], std: [std[2], std[1], std[0]] };
}

function flagsOf({ resize, crop, order, range, mean, std }: Preprocessing): string {
  const size = (value: Preprocessing['resize']) =>
    value === null ? 'none' : typeof value === 'number' ? String(value) : `${value[1]}x${value[0]}`;
  const short = (value: number) => Number(value.toPrecision(8));
  const numbers = (all: readonly number[]) => ([...new Set(all)].length === 1 ? short(all[0]!) : all.map(short).join());
  const scale = `--range ${range} --mean ${numbers(mean)} --std ${numbers(std)}`;
  return `--resize ${size(resize)} --crop ${size(crop)} --order ${order} ${scale}`;
}

async function writeCopy(path: string, copy: string, preprocessing: Preprocessing): Promise<void> {
  const bytes = await readInput(path);
  const { bytes: written, external } = withMetadata(bytes, 'salient.preprocess', JSON.stringify(preprocessing));
  if (external && dirname(resolve(copy)) !== dirname(resolve(path))) {
    throw new SalientError(
      'bad-argument',
      `"${path}" keeps weights in other files beside it; write the copy into its folder, ${dirname(resolve(path))}`,
    );
  }
  await writeFileAtomically(copy, written);
}
