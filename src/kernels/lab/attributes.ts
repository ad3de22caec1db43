export interface LabAttributes {
  /** Truncate each value to 8 bits first, ⌊255·v⌋/255. */
  readonly truncate: boolean;
}
