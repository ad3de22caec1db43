export interface NormalizeAttributes {
  /** `peak`: |x| / max|x|; `range`: (x − min) / (max − min). Both give [0,1]. */
  readonly by: 'peak' | 'range';
  /** A row whose maximum (`peak`) or span (`range`) is not greater than this counts as constant and becomes 0. */
  readonly tolerance: number;
}
