import { SalientError } from '../error.ts';
import type { Way } from '../experiments/evaluate-explanations.ts';
import { readDataSet } from '../experiments/images.ts';
import { decodeImage } from '../image/codec/decode.ts';
import { preprocess } from '../image/preprocess.ts';
import { loadModel } from '../model/load-model.ts';
import type { Model } from '../model/model.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { countOption, numberOption } from './command.ts';
import { namedModel } from './model-path.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from './options/device.ts';
import { WAYS_BACK, waysFrom } from './options/ways.ts';
import { prepareFolder } from './output/files.ts';
import { printLine } from './output/print.ts';
import { named } from './read.ts';

/** Of commands that try a network's ways back on some photographs of a data set. */
export const SAMPLE_OPTIONS = {
  images: { type: 'string' },
  model: { type: 'string' },
  composites: { type: 'string' },
  methods: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  ...DEVICE_OPTIONS,
} as const;

type Values = { readonly [name in keyof typeof SAMPLE_OPTIONS]?: string | undefined } & {
  readonly json?: boolean | undefined;
};

/** What such a command works on. */
export interface Sample {
  readonly model: Model;
  /** Preprocessed, [C,H,W]. */
  readonly inputs: readonly Tensor[];
  readonly ways: readonly Way[];
  readonly seed: number;
  /** The folder for results; it is there. */
  readonly out: string;
}

/**
 * Opens what the words name, says what it is, and hands it over; closes it afterwards.
 * @param count how many photographs are taken where nothing is said
 */
export async function onSample(
  command: string,
  { values, positionals }: { readonly values: Values; readonly positionals: readonly string[] },
  count: number,
  use: (sample: Sample) => Promise<void>,
): Promise<void> {
  const [source, ...others] = positionals;
  if (source === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one folder, found ${positionals.length}; see \`salient ${command} --help\``,
    );
  }
  const { out } = values;
  if (out === undefined) throw new SalientError('bad-argument', '--out is missing; give a folder for the results');
  const most = countOption(values.images, 'images') ?? count;
  const seed = numberOption(values.seed, 'seed') ?? 1;
  const ways = waysFrom(values.composites, values.methods, WAYS_BACK);
  const { path, title } = await namedModel(values.model);
  await prepareFolder(out);
  using device = await deviceFrom(values);
  const say = (line: string) => values.json || printLine(line);
  for (const line of deviceLine(device).split('\n')) say(line);
  using model = await loadModel(device, path);
  say(`model: ${title}`);
  const images = (await readDataSet(source, model.labels, undefined)).images.slice(0, most);
  const inputs: Tensor[] = [];
  for (const { image, read } of images) {
    const photo = await named(image, read().then(decodeImage));
    inputs.push(preprocess(photo, model.preprocessing).tensor);
  }
  await use({ model, inputs, ways, seed, out });
}
