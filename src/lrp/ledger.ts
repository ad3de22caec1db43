import type { GraphNode } from '../graph/graph.ts';
import type { BufferId } from '../tensor/program.ts';
import { sampleOf, type Tensor } from '../tensor/tensor.ts';

/** Sum, minimum and maximum of one relevance tensor, over one sample. */
export interface RelevanceSummary {
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Conservation at one layer, for one sample: `out` arrived from above, `in` went on below. */
export interface LedgerEntry {
  readonly layer: string;
  readonly operator: string;
  readonly out: RelevanceSummary;
  readonly in: RelevanceSummary;
  /** Σ R_out·b/stab(z): what the bias kept. */
  readonly bias: number;
  /** What the stabilizer kept. */
  readonly stabilizer: number;
  /** What is missing otherwise: zero denominators, padding, constants. Rounding error where nothing is. */
  readonly lost: number;
  /** Numbers among all of these that are not finite: 0, always. */
  readonly notFinite: number;
}

/** The program's output of one reduction. */
export const ledgerOutput = (id: BufferId) => `ledger:${id}`;

/** A node's line in the ledger: the buffers of its statistics [N,4], and of what was absorbed [N,2] in a layer. */
export interface LedgerLine {
  readonly node: GraphNode;
  readonly out: readonly BufferId[];
  readonly in: readonly BufferId[];
  readonly absorbed: BufferId | undefined;
}

/** Reads the ledger out of a run's outputs. */
export class Ledger {
  readonly #lines: readonly LedgerLine[];

  /** Lines from the logits down. */
  constructor(lines: readonly LedgerLine[]) {
    this.#lines = lines;
  }

  /** The entries of one sample, from the logits down, out of the program's outputs. */
  read(outputs: ReadonlyMap<string, Tensor>, sample: number): LedgerEntry[] {
    const figures = (id: BufferId) => sampleOf(outputs.get(ledgerOutput(id))!, sample).data;
    const summary = (ids: readonly BufferId[]) => {
      const all = ids.map(figures);
      const total = (index: number) => all.reduce((sum, figure) => sum + figure[index]!, 0);
      return {
        sum: total(0),
        minimum: Math.min(...all.map((figure) => figure[1]!)),
        maximum: Math.max(...all.map((figure) => figure[2]!)),
        notFinite: total(3),
      };
    };
    return this.#lines.map(({ node, out, in: given, absorbed }) => {
      const { notFinite: badOut, ...arrived } = summary(out);
      const { notFinite: badIn, ...passed } = summary(given);
      const [bias = 0, stabilizer = 0] = absorbed === undefined ? [] : figures(absorbed);
      return {
        layer: node.name,
        operator: node.op,
        out: arrived,
        in: passed,
        bias,
        stabilizer,
        lost: arrived.sum - passed.sum - bias - stabilizer,
        notFinite: badOut + badIn,
      };
    });
  }
}
