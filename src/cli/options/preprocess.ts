import { SalientError } from '../../error.ts';
import { PRESETS, type PreprocessingChanges, type Size, withChanges } from '../../image/preprocess.ts';
import { choiceOption, numbersOption } from '../command.ts';

export const PREPROCESS_HELP = `  --preprocess PRESET     imagenet, caffe, none; default: the model file's own, else imagenet; parts of it changed by
    --resize N|WxH|none --crop N|WxH|none --order rgb|bgr|grey --range 1|255 --mean M,M,M --std S,S,S
                          N is the shorter side, WxH an exact size; without either the network's size is met`;

export const PREPROCESS_OPTIONS = {
  preprocess: { type: 'string' },
  resize: { type: 'string' },
  crop: { type: 'string' },
  order: { type: 'string' },
  range: { type: 'string' },
  mean: { type: 'string' },
  std: { type: 'string' },
} as const;

type Values = { readonly [K in keyof typeof PREPROCESS_OPTIONS]?: string | undefined };

/** The parts of the preprocessing that were asked for, checked; all of it where a preset was named. */
export function preprocessingFrom(values: Values): PreprocessingChanges {
  const { resize, crop, order, range, mean, std } = values;
  const preset = choiceOption(values.preprocess, 'preprocess', ['imagenet', 'caffe', 'none']);
  const changes: PreprocessingChanges = {
    preset,
    resize: pixels(resize, 'resize'),
    crop: pixels(crop, 'crop'),
    order: choiceOption(order, 'order', ['rgb', 'bgr', 'grey']),
    range: choiceOption(range, 'range', ['1', '255']) && (Number(range) as 1 | 255),
    mean: triple(mean, 'mean'),
    std: triple(std, 'std'),
  };
  withChanges(PRESETS[preset ?? 'imagenet'], changes); // only to find what is wrong
  return changes;
}

function pixels(value: string | undefined, name: string): number | Size | null | undefined {
  if (value === undefined) return undefined;
  if (value === 'none') return null;
  const size = /^(\d+)[x×](\d+)$/i.exec(value);
  if (size !== null) return [Number(size[2]), Number(size[1])];
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new SalientError('bad-argument', `--${name} is "${value}"; expected a number of pixels, WIDTHxHEIGHT, or none`);
}

function triple(value: string | undefined, name: string): [number, number, number] | undefined {
  const numbers = numbersOption(value, name);
  if (numbers === undefined) return undefined;
  const [a, b, c] = numbers.length === 1 ? [numbers[0], numbers[0], numbers[0]] : numbers;
  if (a !== undefined && b !== undefined && c !== undefined && numbers.length <= 3) return [a, b, c];
  throw new SalientError('bad-argument', `--${name} has ${numbers.length} numbers; expected one, or one per channel`);
}
