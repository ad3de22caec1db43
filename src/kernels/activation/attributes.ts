export type ActivationAttributes =
  | { readonly kind: 'relu' }
  | { readonly kind: 'leaky-relu'; readonly alpha: number }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number }
  | { readonly kind: 'sigmoid' };
