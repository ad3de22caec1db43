import { SalientError } from '../error.ts';
import { addForward } from '../forward/forward.ts';
import { type Graph, withDirectSums } from '../graph/graph.ts';
import { logitsOf } from '../graph/logits.ts';
import { valueNamed } from '../graph/questions.ts';
import { type SeedAttributes, seed } from '../kernels/seed/operation.ts';
import type { Composite } from '../lrp/composite.ts';
import type { Ledger } from '../lrp/ledger.ts';
import type { Rule } from '../lrp/rule.ts';
import { addSaliency } from '../saliency/add-saliency.ts';
import type { ResolvedSaliencyOptions } from '../saliency/options.ts';
import { type Program, ProgramBuilder } from '../tensor/program.ts';
import { elementCount, formatShape } from '../tensor/tensor.ts';
import { addOverlay, type OverlayKind } from './overlay.ts';
import { planWayBack, type WayBack } from './way-back.ts';

export interface ExplainProgramOptions {
  /** Default LRP. */
  readonly method?: WayBack;
  /** LRP's rules. */
  readonly composite: Composite;
  readonly seed: SeedAttributes;
  /** Options of the SR map; `false` leaves it out. */
  readonly saliency: ResolvedSaliencyOptions | false;
  /** Convolutions as direct sums only: {@link withDirectSums}. */
  readonly direct?: boolean | undefined;
  /** Draw a map over the photograph on the device, which is a second input then. */
  readonly overlay?: OverlayKind | undefined;
  /**
   * Channels of values (or of nodes' first outputs) through which relevance may pass, by name: what a layer's unit saw.
   */
  readonly channels?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Names of values (or of nodes, for their first output) whose activation and relevance are returned too. */
  readonly record: readonly string[];
}

/** A whole explanation as one program, from the network's input to the SR map. */
export interface ExplainProgram {
  readonly program: Program;
  readonly rules: ReadonlyMap<string, Rule>;
  readonly ledger: Ledger;
  /** The value that each name in `record` means. */
  readonly recorded: ReadonlyMap<string, string>;
}

/**
 * The program of an explanation. Inputs: the graph's own by name, `target` [N,K] where the seed is `given`, and `photo`
 * [N,3,H,W] where there is an overlay. Outputs: `logits` [N,K], `relevance` like the graph's first input, `salient`
 * [N,H,W], `overlay` [N,3,H,W], those of the ledger, and `activation:VALUE`, `relevance:VALUE` for the values that are
 * recorded.
 */
export function explainProgram(whole: Graph, options: ExplainProgramOptions): ExplainProgram {
  const graph = options.direct ? withDirectSums(whole) : whole;
  const input = graph.inputs[0]!;
  if (graph.inputs.length !== 1 || input.shape.length < 2) {
    const found = graph.inputs.map(({ name, shape }) => `"${name}" ${formatShape(shape)}`).join(', ');
    throw new SalientError('unsupported', `explaining needs a network with one input [N,...]; found ${found}`);
  }
  const planned = planWayBack(graph, options.method ?? { name: 'lrp' }, options.composite);
  const logitsName = logitsOf(graph).value;
  const builder = new ProgramBuilder();
  const recorded = new Map(options.record.map((name) => [name, valueNamed(graph, name)]));
  const values = new Set(recorded.values());
  const forward = addForward(builder, graph, { keep: new Set([logitsName, ...planned.keep, ...values]) });

  const batch = input.shape[0]!;
  const logitsValue = forward.values.get(logitsName)!;
  const shape = builder.shape(logitsValue);
  const classes = elementCount(shape) / batch;
  const logits = builder.alias(logitsValue, [batch, classes]);
  builder.phase = 'relevance';
  builder.layer = 'target';
  const given = options.seed.target === 'given' ? [builder.input('target', [batch, classes])] : [];
  const start = builder.alias(builder.add(seed(options.seed), [logits, ...given]), shape);
  const starts = [{ value: logitsName, buffer: start }];
  const channels = channelsOf(graph, options);
  const { values: arrived, map, ledger } = planned.add(builder, forward, starts, channels);
  if (map === undefined) throw new SalientError('bad-model', `the logits do not depend on input "${input.name}"`);

  builder.output('logits', logits);
  builder.output('relevance', map);
  for (const value of values) {
    builder.output(`activation:${value}`, forward.values.get(value)!);
    const buffer = arrived.get(value);
    if (buffer !== undefined) builder.output(`relevance:${value}`, buffer);
  }
  builder.phase = 'saliency';
  const salient = options.saliency === false ? undefined : addSaliency(builder, map, options.saliency);
  if (salient !== undefined) builder.output('salient', salient);
  if (options.overlay !== undefined) {
    const drawn = options.overlay === 'relevance' ? map : salient;
    if (drawn === undefined) throw new SalientError('bad-argument', 'an overlay of the SR map needs the SR map');
    builder.output('overlay', addOverlay(builder, drawn, options.overlay));
  }
  return { program: builder.build(), rules: planned.rules, ledger, recorded };
}

/** The channels that were asked for, by value; checked. */
function channelsOf(graph: Graph, { channels = {} }: ExplainProgramOptions): Map<string, readonly number[]> {
  return new Map(
    Object.entries(channels).map(([name, indices]) => {
      const value = valueNamed(graph, name);
      const count = graph.shapes.get(value)![1] ?? 0;
      const bad = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= count);
      if (bad !== undefined || indices.length === 0) {
        throw new SalientError(
          'bad-argument',
          `"${name}" has no channel ${bad ?? '(none is given)'}; its channels are 0 to ${count - 1}`,
        );
      }
      return [value, indices];
    }),
  );
}
