/**
 * A function of each element:
 * - `elu`: scale·x for x ≥ 0, else scale·alpha·(exp(x/width) − 1): Elu, Selu, Celu;
 * - `hard-sigmoid`: min(max(alpha·x + beta, 0), 1); `hard-swish`: x·min(max(x/6 + 1/2, 0), 1);
 * - `softplus`: log(1 + exp(x)); `softsign`: x/(1 + |x|); `gelu`: x·Φ(x), `gelu-tanh` its approximation by tanh;
 * - `power`: x to a constant exponent.
 */
export type ElementFunction =
  | { readonly kind: 'elu'; readonly alpha: number; readonly scale: number; readonly width: number }
  | { readonly kind: 'hard-sigmoid'; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'power'; readonly exponent: number }
  | { readonly kind: PlainFunction };

/** Functions without parameters. */
export type PlainFunction =
  | 'hard-swish'
  | 'tanh'
  | 'softplus'
  | 'softsign'
  | 'gelu'
  | 'gelu-tanh'
  | 'erf'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'abs'
  | 'reciprocal';
