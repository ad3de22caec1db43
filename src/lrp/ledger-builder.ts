import type { GraphNode } from '../graph/graph.ts';
import { sumTo } from '../kernels/elementwise/operation.ts';
import { absorbed, statistics } from '../kernels/ledger/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { Ledger, type LedgerLine, ledgerOutput } from './ledger.ts';
import type { RuleForm } from './rules/definition.ts';

/** A rule's quotient step, for what it absorbed. */
export interface QuotientStep {
  readonly layer: string;
  readonly batch: number;
  readonly form: RuleForm;
  readonly groups: number;
  /** R [rows,C,...] (a dense layer on more than two axes has several rows a sample), and s. */
  readonly relevance: BufferId;
  readonly s: BufferId;
  /** The denominator, where it was computed by itself. */
  readonly z: BufferId | undefined;
  /** The bias in z, or nothing. */
  readonly bias: readonly BufferId[];
}

/** Adds reductions to a reverse walk, for the {@link Ledger} to read after the run. */
export class LedgerBuilder {
  readonly #builder: ProgramBuilder;
  /** Statistics [N,4] of relevance, by where it is stored. */
  readonly #statistics = new Map<BufferId, BufferId>();
  /** What was absorbed [N,2], by layer. */
  readonly #absorbed = new Map<string, BufferId>();
  readonly #lines: LedgerLine[] = [];

  constructor(builder: ProgramBuilder) {
    this.#builder = builder;
  }

  /** Adds a node's line, after what its layer absorbed. */
  entry(node: GraphNode, out: readonly BufferId[], given: readonly BufferId[]): void {
    const summaries = (buffers: readonly BufferId[]) => buffers.map((id) => this.#summary(id));
    const line = { node, out: summaries(out), in: summaries(given), absorbed: this.#absorbed.get(node.name) };
    this.#lines.push(line);
  }

  /** Adds what a rule's quotient step absorbed. */
  absorbed({ layer, batch, form, groups, relevance, s, z, bias }: QuotientStep): void {
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
  finish(): Ledger {
    for (const id of [...this.#statistics.values(), ...this.#absorbed.values()]) {
      this.#builder.output(ledgerOutput(id), id);
    }
    return new Ledger(this.#lines);
  }
}
