export interface SeedAttributes {
  /** `predicted`: the largest logit of each sample (the first of equals); `given`: weights over the classes, input 1. */
  readonly target: 'predicted' | 'given';
  /**
   * The start value. `logit`: weight·logit; `one`: the weight itself; `contrastive`: the weighted logit at the target,
   * and its negative spread evenly over the other classes, so that the start of one target class sums to zero.
   */
  readonly init: 'logit' | 'one' | 'contrastive';
}
