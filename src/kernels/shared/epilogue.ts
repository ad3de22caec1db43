import type { Quotient } from '../quotient/attributes.ts';

/** What is done to each result z of a layer: nothing, max(z,0), or scale·R/stab(z) with R as the layer's last input. */
export type LayerEpilogue = 'none' | 'relu' | Quotient;
