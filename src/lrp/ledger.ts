import type { GraphNode } from '../graph.ts';
import { concat } from '../kernels/arrange.ts';
import { sumTo } from '../kernels/elementwise.ts';
import { absorbed, statistics } from '../kernels/ledger.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { RuleForm } from './rule.ts';

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

const STATISTICS = 4;

/** Collects the reductions of a reverse walk into one small tensor, and reads it. */
export class Ledger {
  readonly #builder: ProgramBuilder;
  readonly #columns: BufferId[] = [];
  #width = 0;
  readonly #statistics = new Map<BufferId, number>();
  readonly #absorbed = new Map<string, number>();
  readonly #entries: { node: GraphNode; out: number[]; in: number[] }[] = [];

  constructor(builder: ProgramBuilder) {
    this.#builder = builder;
  }

  entry(node: GraphNode, out: readonly BufferId[], given: readonly BufferId[]): void {
    const columns = (buffers: readonly BufferId[]) => buffers.map((id) => this.#summary(id));
    this.#entries.push({ node, out: columns(out), in: columns(given) });
  }

  /** Adds what a rule's quotient step absorbed, from R [rows,C,...] and s like it (a dense layer on more than two axes has
   * several rows a sample); `z` where it was computed by itself. */
  absorbed(
    layer: string,
    batch: number,
    form: RuleForm,
    groups: number,
    relevance: BufferId,
    s: BufferId,
    z: BufferId | undefined,
    bias: readonly BufferId[],
  ): void {
    const { scales, stabilizer, maps } = form;
    const operation = absorbed({ scales, stabilizer, groups, maps, bias: bias.length > 0 });
    const inputs = stabilizer.kind === 'absolute' ? [relevance, s, ...bias] : [relevance, s, z!, ...bias];
    const builder = this.#builder;
    const rows = builder.add(operation, inputs);
    const [count] = builder.shape(rows) as [number];
    const summed =
      count === batch
        ? rows
        : builder.alias(
            builder.add(sumTo({ shape: [batch, 1, 2] }), [builder.alias(rows, [batch, count / batch, 2])]),
            [batch, 2],
          );
    this.#absorbed.set(layer, this.#append(summed));
  }

  #summary(id: BufferId): number {
    const storage = this.#builder.buffer(id).aliasOf ?? id;
    const known = this.#statistics.get(storage);
    if (known !== undefined) return known;
    const column = this.#append(this.#builder.add(statistics(), [id]));
    this.#statistics.set(storage, column);
    return column;
  }

  #append(column: BufferId): number {
    this.#columns.push(column);
    const at = this.#width;
    this.#width += this.#builder.shape(column)[1]!;
    return at;
  }

  /** All figures as one tensor [N, columns]. */
  collect(): BufferId {
    this.#builder.layer = 'ledger';
    return this.#builder.add(concat({ axis: 1 }), this.#columns);
  }

  /** The entries of one sample, from the logits down, out of the collected tensor. */
  read(collected: Tensor, sample: number): LedgerEntry[] {
    const row = collected.data.subarray(sample * this.#width, (sample + 1) * this.#width);
    const figures = (columns: readonly number[]) => {
      const all = columns.map((column) => row.subarray(column, column + STATISTICS));
      const total = (index: number) => all.reduce((sum, figure) => sum + figure[index]!, 0);
      return {
        sum: total(0),
        minimum: Math.min(...all.map((figure) => figure[1]!)),
        maximum: Math.max(...all.map((figure) => figure[2]!)),
        notFinite: total(3),
      };
    };
    return this.#entries.map(({ node, out, in: given }) => {
      const { notFinite: badOut, ...arrived } = figures(out);
      const { notFinite: badIn, ...passed } = figures(given);
      const column = this.#absorbed.get(node.name);
      const [bias, stabilizer] = column === undefined ? [0, 0] : [row[column]!, row[column + 1]!];
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
