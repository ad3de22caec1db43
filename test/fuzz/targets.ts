import { readdirSync, readFileSync } from 'node:fs';
import { parseUsage } from '../../src/cli/command.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { parseLabels } from '../../src/image/label-file.ts';
import { parseRules } from '../../src/lrp/rules-file.ts';
import { readForExplaining } from '../../src/model/reading.ts';
import { describeModel } from '../../src/onnx/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { goldenFolder, repositoryRoot } from '../support/paths.ts';
import { jpeg, mutated, plain, png, protobuf, type Random, randomOf, text } from './mutate.ts';

/** What is fed with mutated files: good ones to begin with, a grammar, and what reads them. */
export interface Target {
  readonly seeds: readonly Uint8Array[];
  grammar(bytes: Uint8Array, random: Random): Uint8Array;
  run(bytes: Uint8Array): unknown;
}

const golden = (ending: RegExp, folder = goldenFolder) =>
  readdirSync(folder)
    .filter((name) => ending.test(name))
    .sort()
    .map((name) => new Uint8Array(readFileSync(folder + name)));
const encoded = (...texts: readonly string[]) => texts.map((each) => new TextEncoder().encode(each));

const OPTIONS = {
  target: { type: 'string', multiple: true },
  top: { type: 'string' },
  dense: { type: 'boolean' },
} as const;

export const TARGETS: Readonly<Record<string, Target>> = {
  onnx: {
    seeds: golden(/^mini-.*\.onnx$/),
    grammar: protobuf,
    async run(bytes) {
      describeModel(bytes);
      await readForExplaining(bytes, {});
    },
  },
  png: {
    seeds: [
      ...golden(/^(cmyk|grey|half-chroma)\.png$/, `${goldenFolder}jpeg/`),
      new Uint8Array(readFileSync(`${repositoryRoot}models/samples/tree-2000016.mask.png`)),
    ],
    grammar: png,
    run: (bytes) => decodeImage(bytes),
  },
  jpeg: { seeds: golden(/\.jpg$/, `${goldenFolder}jpeg/`), grammar: jpeg, run: (bytes) => decodeImage(bytes) },
  npy: { seeds: golden(/^mini-.*logits\.npy$/), grammar: plain, run: (bytes) => readNpy(bytes) },
  rules: {
    seeds: encoded(
      '{ "composite": "epsilon-plus", "layers": [{ "match": { "type": "conv", "positions": [0, 16] }, "rule": "gamma", "gamma": 0.1 }], "pooling": "winner", "lrn": "pass" }',
      '{ "layers": [{ "match": { "name": "conv1*", "first": true, "earliest": 0.5 }, "rule": "alpha-beta", "alpha": 2, "beta": 1, "epsilon": "0.25 rms", "bias": "zero" }] }',
    ),
    grammar: text,
    run: (bytes) => parseRules(new TextDecoder().decode(bytes), { low: [0], high: [1] }),
  },
  labels: {
    seeds: encoded('n01440764 tench, Tinca tinca\ngoldfish\nshark\n', '["cat", "dog", "tiger cat"]'),
    grammar: text,
    run: (bytes) => parseLabels(new TextDecoder().decode(bytes)),
  },
  'command line': {
    seeds: encoded(
      'photo.png --target cat --target 3 --top 5',
      '--dense --top=7 -- --target',
      'a.png b.png --json --debug',
    ),
    grammar: text,
    run: (bytes) => parseUsage(new TextDecoder().decode(bytes).split(/\s+/), OPTIONS, 'usage: x'),
  },
};

/** The input of a seed: the same one everywhere. */
export function inputOf(target: Target, seed: number): Uint8Array {
  const random = randomOf(seed);
  return mutated(target.seeds[random(target.seeds.length)]!, random, target.grammar);
}

/** Runs one input; returns what is wrong: an error that is no SalientError. */
export async function faultOf(target: Target, bytes: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(bytes);
  } catch (error) {
    if ((error as Error).name !== 'SalientError') return `${(error as Error).stack ?? error}`;
    const { message } = error as Error;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    if (message.length > 500 || /[\u0000-\u001f\u007f]/.test(message))
      return `a bad message: ${JSON.stringify(message)}`;
    // Words of this program's own faults, unless the file itself has them, to be quoted.
    const odd = /undefined|NaN|\[object/.exec(message)?.[0];
    if (odd !== undefined && !new TextDecoder('latin1').decode(bytes).includes(odd)) {
      return `a bad message: ${JSON.stringify(message)}`;
    }
  }
  return undefined;
}
