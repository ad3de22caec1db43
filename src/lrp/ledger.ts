import type { GraphNode } from '../graph/graph.ts';
import { sumTo } from '../kernels/elementwise/operation.ts';
import { absorbed, statistics } from '../kernels/ledger/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { sampleOf, type Tensor } from '../tensor/tensor.ts';
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

/** The program's output of one reduction. */
const outputName = (id: BufferId) => `ledger:${id}`;

/** Adds reductions to a reverse walk, each an output of the program, and reads them after the run. */
export class Ledger {
  readonly #builder: ProgramBuilder;
  /** Statistics [N,4] of relevance, by where it is stored. */
  readonly #statistics = new Map<BufferId, BufferId>();
  /** What was absorbed [N,2], by layer. */
  readonly #absorbed = new Map<string, BufferId>();
  readonly #entries: { node: GraphNode; out: BufferId[]; in: BufferId[] }[] = [];

  constructor(builder: ProgramBuilder) {
    this.#builder = builder;
  }

  entry(node: GraphNode, out: readonly BufferId[], given: readonly BufferId[]): void {
    const summaries = (buffers: readonly BufferId[]) => buffers.map((id) => this.#summary(id));
    this.#entries.push({ node, out: summaries(out), in: summaries(given) });
  }

  /**
   * Adds what a rule's quotient step absorbed, from R [rows,C,...] and s like it (a dense layer on more than two axes has
   * several rows a sample); `z` where it was computed by itself.
   */
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
    this.#absorbed.set(layer, summed);
  }

  #summary(id: BufferId): BufferId {
    const storage = this.#builder.buffer(id).aliasOf ?? id;
    const known = this.#statistics.get(storage);
    if (known !== undefined) return known;
    const summary = this.#builder.add(statistics(), [id]);
    this.#statistics.set(storage, summary);
    return summary;
  }

  /** Makes all figures outputs of the program. */
  addOutputs(): void {
    for (const id of [...this.#statistics.values(), ...this.#absorbed.values()]) {
      this.#builder.output(outputName(id), id);
    }
  }

  /** The entries of one sample, from the logits down, out of the program's outputs. */
  read(outputs: ReadonlyMap<string, Tensor>, sample: number): LedgerEntry[] {
    const figures = (id: BufferId) => sampleOf(outputs.get(outputName(id))!, sample).data;
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
    return this.#entries.map(({ node, out, in: given }) => {
      const { notFinite: badOut, ...arrived } = summary(out);
      const { notFinite: badIn, ...passed } = summary(given);
      const absorbed = this.#absorbed.get(node.name);
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
