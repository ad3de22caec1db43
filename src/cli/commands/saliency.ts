import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { encodePng } from '../../image/codec/png-encode.ts';
import { SEQUENTIAL } from '../../image/draw/colormap.ts';
import { heatmap, overlay } from '../../image/draw/heatmap.ts';
import { type RgbImage, toGrey } from '../../image/rgb-image.ts';
import { saliencyProgram } from '../../saliency/add-saliency.ts';
import { requireFinite } from '../../tensor/finite.ts';
import { readNpy, writeNpy } from '../../tensor/npy.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';
import { type Command, type CommandContext, choiceOption, parseWords } from '../command.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../options/device.ts';
import { askedSaliency, SALIENCY_OPTIONS, SALIENCY_SHARED_HELP } from '../options/saliency.ts';
import { writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { ProgressBar } from '../output/progress.ts';
import { checkStems, isNpy, named, readInput, stemOf } from '../read.ts';

/** Not the names that `explain` gives its results: both may lie in one folder. */
const SAVES = ['saliency', 'saliency.npy', 'saliency-overlay'] as const;

const HELP = `usage: salient saliency MAP.npy|IMAGE... [OPTIONS]

Context-aware saliency of a relevance map ([C,H,W] or [H,W], signed) or a picture (PNG, JPEG). Results go to
DIR/STEM.WHAT.

  --input sum|paper|image what is compared: positive relevance (default for .npy), |relevance| as colours as the paper
                          did, or a picture's colours (default for pictures)
${SALIENCY_SHARED_HELP}
  --device auto|webgpu|wasm|reference
  --threads N             of the device wasm; default: one a core
  --out DIR               default: out
  --save LIST             of ${SAVES.join(', ')} (pictures only); default: all
  --json                  print what was written as JSON`;

const OPTIONS = {
  out: { type: 'string' },
  save: { type: 'string' },
  ...DEVICE_OPTIONS,
  ...SALIENCY_OPTIONS,
} as const;

export const command: Command = {
  summary: {
    'saliency MAP': 'context-aware saliency of a relevance map or a picture',
  },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values, positionals: paths } = parseWords(words, OPTIONS, 'saliency');
  if (paths.length === 0) throw new SalientError('bad-argument', 'there is no map; give .npy files or pictures');
  checkStems(paths);
  const asked = values.save?.split(',').map((word) => choiceOption(word, 'save', SAVES)!);
  const options = askedSaliency(values);
  using device = await deviceFrom(values);
  const bar = new ProgressBar();
  const summaries: unknown[] = [];
  if (!values.json) console.log(deviceLine(device));
  for (const path of paths) {
    const { map, photo } = await readMap(path);
    const input = options.input ?? (photo === undefined ? 'sum' : 'image');
    const [channels, height, width] = map.shape as [number, number, number];
    const program = saliencyProgram([1, channels, height, width], { ...options, input });
    using executable = await device.prepare(program, { signal });
    const { outputs } = await executable.run(new Map([['map', map.data]]), { signal, onProgress: bar.update });
    bar.clear();
    const salient: Tensor = { shape: [height, width], data: outputs.get('salient')!.data };
    const saves = asked ?? SAVES.filter((save) => save !== 'saliency-overlay' || photo !== undefined);
    const files: string[] = [];
    for (const save of saves) {
      const bytes = await resultOf(salient, save, photo, path);
      const file = join(values.out ?? 'out', `${stemOf(path)}.${save.endsWith('.npy') ? save : `${save}.png`}`);
      await writeFileAtomically(file, bytes);
      files.push(file);
    }
    summaries.push({ input: path, kind: input, files });
    if (!values.json) printLine(`${path} (${input}): wrote ${files.join(', ')}`);
  }
  if (values.json) printJson(summaries);
}

async function resultOf(salient: Tensor, save: (typeof SAVES)[number], photo: RgbImage | undefined, path: string) {
  switch (save) {
    case 'saliency':
      return encodePng(heatmap(salient, SEQUENTIAL, 1));
    case 'saliency.npy':
      return writeNpy({ shape: salient.shape, data: Float32Array.from(salient.data) });
    case 'saliency-overlay':
      if (photo !== undefined) return encodePng(overlay(toGrey(photo), salient, SEQUENTIAL, 1));
      throw new SalientError('bad-argument', `--save ${save} needs a picture, but "${path}" is a map`);
  }
}

/** A map [C,H,W] from an .npy file, or a picture's colours in [0,1] with the picture itself. */
async function readMap(path: string): Promise<{ map: Tensor; photo?: RgbImage }> {
  const bytes = await readInput(path);
  if (!isNpy(path, bytes)) {
    const photo = await named(path, decodeImage(bytes));
    const pixels = photo.width * photo.height;
    const data = new Float32Array(3 * pixels);
    for (let i = 0; i < data.length; i++) data[i] = photo.data[(i % pixels) * 3 + Math.floor(i / pixels)]! / 255;
    return { map: { shape: [3, photo.height, photo.width], data }, photo };
  }
  const map = readNpy(bytes, `"${path}"`);
  requireFinite(map, `"${path}"`);
  const shape = map.shape.length === 2 ? [1, ...map.shape] : map.shape.length === 4 ? map.shape.slice(1) : map.shape;
  if (shape.length !== 3 || (map.shape.length === 4 && map.shape[0] !== 1)) {
    throw new SalientError('bad-tensor', `"${path}" is ${formatShape(map.shape)}; expected a map [C,H,W] or [H,W]`);
  }
  return { map: { shape, data: map.data } };
}
