/** Local response normalisation across channels, as ONNX defines it (Krizhevsky et al. 2012). */
export interface LrnAttributes {
  /** Window of channels: from c − ⌊(size−1)/2⌋ to c + ⌈(size−1)/2⌉. */
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  /** The constant k. */
  readonly bias: number;
}

export interface LrnTaylorAttributes extends LrnAttributes {
  /** Of the absolute stabilizer. */
  readonly epsilon: number;
}
