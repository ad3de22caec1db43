export interface FocusColumnsAttributes {
  /** A pixel is a focus of attention where its saliency is greater than this. */
  readonly threshold: number;
}
