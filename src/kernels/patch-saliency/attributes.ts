/** Rows and columns of patches. */
export interface GridExtent {
  readonly rows: number;
  readonly columns: number;
}

/** How patches lie in their images: neighbours overlap, and a device may compute what they share once. */
export interface SharedGrids {
  /** Side of a patch. */
  readonly patch: number;
  /** Pixels from a query to the next, and from a candidate to the next. */
  readonly strides: readonly [number, number];
  readonly queries: GridExtent;
  /** Of each image of candidates, in order; `alike` where it is as large as the queries' image. */
  readonly candidates: readonly (GridExtent & { readonly alike: boolean })[];
}

export interface PatchSaliencyAttributes {
  /** K: how many of the most similar candidates count, or all where there are fewer. */
  readonly nearest: number;
  /** c: how much distance in the image lessens dissimilarity. */
  readonly positionWeight: number;
  /** Where queries and candidates are patches of images, row by row. The results are the same. */
  readonly grids?: SharedGrids;
}
