/**
 * What a rule makes of a layer's input a before it meets the weights: `signs` [a⁺; a⁻]; `box` [a; −low; −high] with a
 * bound per channel or one for all (z-box, Montavon et al. 2017); `ones` (flat and w-square).
 */
export type Expansion =
  | { readonly kind: 'signs' }
  | { readonly kind: 'box'; readonly low: readonly number[]; readonly high: readonly number[] }
  | { readonly kind: 'ones' };

/** Number of parts of an expansion. */
export function expansionParts(expansion: Expansion): number {
  return { signs: 2, box: 3, ones: 1 }[expansion.kind];
}

/** The factor that part `part` of an expansion makes of a value of a channel. */
export function expandValue(expansion: Expansion, part: number, value: number, channel: number): number {
  switch (expansion.kind) {
    case 'signs':
      return part === 0 ? Math.max(value, 0) : Math.min(value, 0);
    case 'box': {
      if (part === 0) return value;
      const bounds = part === 1 ? expansion.low : expansion.high;
      return -(bounds[channel % bounds.length] ?? 0);
    }
    case 'ones':
      return 1;
  }
}

export interface ExpandAttributes {
  readonly expansion: Expansion;
  readonly groups: number;
}

export interface SumPartsAttributes {
  readonly parts: number;
  readonly groups: number;
}
