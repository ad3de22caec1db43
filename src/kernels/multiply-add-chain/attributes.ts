/** Elements that one SIMD thread keeps in registers. */
export const CHAIN_BLOCK = 48;

/** Every element tends to SHIFT / (1 − FACTOR) = 2: no zero, no denormal number. */
export const FACTOR = 0.75;
export const SHIFT = 0.5;
