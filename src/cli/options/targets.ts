import { SalientError } from '../../error.ts';
import type { Target } from '../../explain/target.ts';
import { decodeImage } from '../../image/codec/decode.ts';
import { countOption } from '../command.ts';
import { named, readInput } from '../read.ts';

export const TARGETS_HELP = `  --target CLASS          given several times: all of them from one forward pass, side by side in the montage
  --top-targets N         the N likeliest classes
  --region MASK.png|TOP,LEFT,BOTTOM,RIGHT   of a network that scores classes at each pixel: the pixels that count, as a
                          mask over the photograph, or a box in the output's pixels; one pixel is --target CLASS@Y,X`;

export const TARGETS_OPTIONS = { 'top-targets': { type: 'string' }, region: { type: 'string' } } as const;

/** The pixels of `--region`, and what a target is at them. */
export async function regionFrom(word: string | undefined): Promise<(target: Target | undefined) => Target> {
  if (word === undefined) return (target = 'predicted') => target;
  const box = /^\d+(,\d+){3}$/.test(word)
    ? (word.split(',').map(Number) as [number, number, number, number])
    : undefined;
  const pixels = box ? { box } : { mask: await named(word, readInput(word).then(decodeImage)) };
  return (target = 'predicted') => {
    if (typeof target === 'string' || typeof target === 'number') return { class: target, ...pixels };
    throw new SalientError('bad-argument', '--region needs a class, --target CLASS, and no --top-targets');
  };
}

interface Values {
  readonly target?: readonly string[] | undefined;
  readonly 'top-targets'?: string | undefined;
}

/** The targets where there are several, in the order of the command line; nothing where there is one. */
export function targetsFrom(values: Values): readonly Target[] | undefined {
  const { target: named = [] } = values;
  const count = countOption(values['top-targets'], 'top-targets');
  if (count !== undefined && named.length > 0) {
    throw new SalientError('bad-argument', '--target and --top-targets exclude each other; give one of them');
  }
  if (count !== undefined) return Array.from({ length: count }, (_, rank) => ({ rank }));
  return named.length > 1 ? named : undefined;
}
