import { SalientError } from '../error.ts';
import { PRESETS, type Preprocessing } from '../image/preprocess.ts';
import { choiceOption, numbersOption } from './command.ts';

export const PREPROCESS_HELP = `  --preprocess PRESET     imagenet, caffe, none; default: the model file's own, else imagenet; changed by
    --resize N|none --crop N|none --order rgb|bgr --range 1|255 --mean M,M,M --std S,S,S`;

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

/** The preprocessing that was asked for, or nothing. */
export function preprocessingFrom(values: Values): Preprocessing | undefined {
  const preset = choiceOption(values.preprocess, 'preprocess', ['imagenet', 'caffe', 'none']);
  const { resize, crop, order, range, mean, std } = values;
  if ([preset, resize, crop, order, range, mean, std].every((value) => value === undefined)) return undefined;
  const base = PRESETS[preset ?? 'imagenet'];
  return {
    resize: pixels(resize, 'resize') ?? base.resize,
    crop: pixels(crop, 'crop') ?? base.crop,
    order: choiceOption(order, 'order', ['rgb', 'bgr']) ?? base.order,
    range: range === undefined ? base.range : choiceOption(range, 'range', ['1', '255']) === '1' ? 1 : 255,
    mean: triple(mean, 'mean') ?? base.mean,
    std: triple(std, 'std') ?? base.std,
    ...(resize === 'none' ? { resize: null } : {}),
    ...(crop === 'none' ? { crop: null } : {}),
  };
}

function pixels(value: string | undefined, name: string): number | undefined {
  if (value === undefined || value === 'none') return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new SalientError('bad-argument', `--${name} is "${value}"; expected a number of pixels, or none`);
}

function triple(value: string | undefined, name: string): [number, number, number] | undefined {
  const numbers = numbersOption(value, name);
  if (numbers === undefined) return undefined;
  const [a, b, c] = numbers.length === 1 ? [numbers[0], numbers[0], numbers[0]] : numbers;
  if (a !== undefined && b !== undefined && c !== undefined && numbers.length <= 3) return [a, b, c];
  throw new SalientError('bad-argument', `--${name} has ${numbers.length} numbers; expected one, or one per channel`);
}
