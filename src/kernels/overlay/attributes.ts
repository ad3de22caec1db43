export interface OverlayAttributes {
  /** Entry of the colour table that stands for 0. */
  readonly zero: number;
  /** Entries from 0 to the strongest value. */
  readonly span: number;
}
