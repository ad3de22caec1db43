export interface SumPlaneAttributes {
  /** |h| in place of max(h, 0). */
  readonly absolute: boolean;
}
