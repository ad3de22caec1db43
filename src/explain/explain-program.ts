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
import { type BufferId, type Program, ProgramBuilder } from '../tensor/program.ts';
import { elementCount, formatShape } from '../tensor/tensor.ts';
import { addOverlay, type OverlayKind } from './overlay.ts';
import { planWayBack, type WayBack } from './way-back.ts';

export interface ExplainProgramOptions {
  /** Default LRP. */
  readonly method?: WayBack;
  /** LRP's rules. */
  readonly composite: Composite;
  /** Where relevance starts, once for each target: at least one. */
  readonly seeds: readonly SeedAttributes[];
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
  /** One per target. */
  readonly ledgers: readonly Ledger[];
  /** The value that each name in `record` means. */
  readonly recorded: ReadonlyMap<string, string>;
}

/** The name of an input or output that belongs to one target: the name itself for the first, then `name#1`, `name#2`. */
export function ofTarget(name: string, target: number): string {
  return target === 0 ? name : `${name}#${target}`;
}

/**
 * The program of an explanation of one target or several, from one forward pass. Inputs: the graph's own by name,
 * `target` [N,K] where a seed is `given`, and `photo` [N,3,H,W] where there is an overlay. Outputs: `logits` [N,K],
 * `activation:VALUE` for the values that are recorded, and for each target ({@link ofTarget}) `relevance` like the
 * graph's first input, `salient` [N,H,W], `overlay` [N,3,H,W], `relevance:VALUE`, and those of its ledger.
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
  const builder = new ProgramBuilder({ shares: options.seeds.length > 1 });
  const recorded = new Map(options.record.map((name) => [name, valueNamed(graph, name)]));
  const values = new Set(recorded.values());
  const forward = addForward(builder, graph, { keep: new Set([logitsName, ...planned.keep, ...values]) });

  const batch = input.shape[0]!;
  const logitsValue = forward.values.get(logitsName)!;
  const shape = builder.shape(logitsValue);
  const classes = elementCount(shape) / batch;
  const logits = builder.alias(logitsValue, [batch, classes]);
  builder.output('logits', logits);
  for (const value of values) builder.output(`activation:${value}`, forward.values.get(value)!);
  const channels = channelsOf(graph, options);
  const ledgers = options.seeds.map((attributes, target) => {
    builder.phase = 'relevance';
    builder.layer = 'target';
    const given = attributes.target === 'given' ? [builder.input(ofTarget('target', target), [batch, classes])] : [];
    const start = builder.alias(builder.add(seed(attributes), [logits, ...given]), shape);
    const starts = [{ value: logitsName, buffer: start }];
    const { values: arrived, map, ledger } = planned.add(builder, forward, starts, channels);
    if (map === undefined) throw new SalientError('bad-model', `the logits do not depend on input "${input.name}"`);
    builder.output(ofTarget('relevance', target), map);
    for (const value of values) {
      const buffer = arrived.get(value);
      if (buffer !== undefined) builder.output(ofTarget(`relevance:${value}`, target), buffer);
    }
    addPictures(builder, map, target, options);
    return ledger;
  });
  return { program: builder.build(), rules: planned.rules, ledgers, recorded };
}

/** What is made of a map [like the input] for people: the SR map, and the overlay. */
function addPictures(
  builder: ProgramBuilder,
  map: BufferId,
  target: number,
  { saliency, overlay }: ExplainProgramOptions,
): void {
  builder.phase = 'saliency';
  const salient = saliency === false ? undefined : addSaliency(builder, map, saliency);
  if (salient !== undefined) builder.output(ofTarget('salient', target), salient);
  if (overlay === undefined) return;
  const drawn = overlay === 'relevance' ? map : salient;
  if (drawn === undefined) throw new SalientError('bad-argument', 'an overlay of the SR map needs the SR map');
  builder.output(ofTarget('overlay', target), addOverlay(builder, drawn, overlay));
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
