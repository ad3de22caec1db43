export interface SeedAttributes {
  /** `predicted`: the largest logit of each sample (the first of equals); `given`: weights over the classes, input 1. */
  readonly target: 'predicted' | 'given';
  /** With `predicted`: how many classes are before the target in the order of the logits. Default 0. */
  readonly rank?: number | undefined;
  /**
   * The start value. `logit`: weight·logit; `one`: the weight itself; `contrastive`: the weighted logit at the target,
   * and its negative spread evenly over the other classes, so that the start of one target class sums to zero;
   * `runner-up`: the negative all at the likeliest of the other classes (the predicted one, unless that is the target).
   */
  readonly init: 'logit' | 'one' | 'contrastive' | 'runner-up';
}

/** The numbers of the start values in the kernels. */
export const INIT_NUMBERS: Readonly<Record<SeedAttributes['init'], number>> = {
  logit: 0,
  one: 1,
  contrastive: 2,
  'runner-up': 3,
};
