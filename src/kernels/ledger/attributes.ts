import type { Stabilizer } from '../quotient/attributes.ts';
import type { WeightMaps } from '../shared/maps.ts';

export interface AbsorbedAttributes {
  readonly scales: readonly number[];
  readonly stabilizer: Stabilizer;
  readonly groups: number;
  readonly maps: WeightMaps;
  /** Whether the last input is a bias [C]. */
  readonly bias: boolean;
}
