import { SalientError } from '../../error.ts';
import type { Target } from '../../explain/target.ts';
import { countOption } from '../command.ts';

export const TARGETS_HELP = `  --target CLASS          given several times: all of them from one forward pass, side by side in the montage
  --top-targets N         the N likeliest classes`;

export const TARGETS_OPTIONS = { 'top-targets': { type: 'string' } } as const;

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
