import type { Operation } from '../../tensor/operation.ts';

/** An activation min(max(x, min), max). */
export interface ClippedRange {
  readonly min: number;
  readonly max: number;
}

/** The range that an operation clips its input to; undefined where it does anything else. */
export function clippedRange({ name, attributes }: Operation): ClippedRange | undefined {
  if (name !== 'activation') return undefined;
  if (attributes.kind === 'relu') return { min: 0, max: Infinity };
  if (attributes.kind !== 'clip') return undefined;
  return { min: attributes.min as number, max: attributes.max as number };
}
