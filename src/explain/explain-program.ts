import { SalientError } from '../error.ts';
import { addForward } from '../forward/forward.ts';
import { type Graph, withDirectSums } from '../graph/graph.ts';
import { isSpatial, logitsOf } from '../graph/logits.ts';
import { valueNamed } from '../graph/questions.ts';
import { sumTo } from '../kernels/elementwise/operation.ts';
import { type SeedAttributes, seed } from '../kernels/seed/operation.ts';
import type { Composite } from '../lrp/composite.ts';
import type { Ledger } from '../lrp/ledger.ts';
import type { Rule } from '../lrp/rule.ts';
import type { Start } from '../reverse/add-reverse.ts';
import { addSaliency } from '../saliency/add-saliency.ts';
import type { ResolvedSaliencyOptions } from '../saliency/options.ts';
import { type BufferId, type Program, ProgramBuilder } from '../tensor/program.ts';
import { elementCount, formatShape } from '../tensor/tensor.ts';
import { addOverlay, type OverlayKind } from './overlay.ts';
import { type Place, type PlaceInit, placeStart, placeValue } from './place.ts';
import { planWayBack, type WayBack } from './way-back.ts';

/** Channels of values (or of nodes' first outputs) through which relevance may pass, by name. */
export type Channels = Readonly<Record<string, readonly number[]>>;

/** One way back. */
export interface Way {
  /** At the logits, or inside the network. */
  readonly start: SeedAttributes | { readonly place: Place; readonly init: PlaceInit };
  /** Besides those that narrow every way. */
  readonly channels?: Channels | undefined;
}

export interface ExplainProgramOptions {
  /** Default LRP. */
  readonly method?: WayBack;
  /** LRP's rules. */
  readonly composite: Composite;
  /** At least one: one for each target or condition. */
  readonly ways: readonly Way[];
  /** The name of a layer (or value) whose relevance is the map, instead of the input's: nothing goes on below it. */
  readonly stop?: string | undefined;
  /** Options of the SR map; `false` leaves it out. */
  readonly saliency: ResolvedSaliencyOptions | false;
  /** Convolutions as direct sums only: {@link withDirectSums}. */
  readonly direct?: boolean | undefined;
  /** Draw a map over the photograph on the device, which is a second input then. */
  readonly overlay?: OverlayKind | undefined;
  /**
   * Channels of values (or of nodes' first outputs) through which relevance may pass, by name: what a layer's unit saw.
   */
  readonly channels?: Channels | undefined;
  /** Names of values (or of nodes, for their first output) whose activation and relevance are returned too. */
  readonly record: readonly string[];
}

/** A whole explanation as one program, from the network's input to the SR map. */
export interface ExplainProgram {
  readonly program: Program;
  readonly rules: ReadonlyMap<string, Rule>;
  /** One per way. */
  readonly ledgers: readonly Ledger[];
  /** The value that each name in `record` means. */
  readonly recorded: ReadonlyMap<string, string>;
  /** Height and width of a spatial output. */
  readonly plane?: readonly [height: number, width: number];
}

/** The name of an input or output that belongs to one way: the name itself for the first, then `name#1`, `name#2`. */
export function ofWay(name: string, way: number): string {
  return way === 0 ? name : `${name}#${way}`;
}

/**
 * The program of an explanation of one target or several, from one forward pass. Inputs: the graph's own by name,
 * `target` [N,K] where a seed is `given`, and `photo` [N,3,H,W] where there is an overlay. Outputs: `logits` [N,K],
 * `activation:VALUE` for the values that are recorded, and for each way ({@link ofWay}) `relevance` like the graph's
 * first input (or like the value where it stops), `start` [N,1,...] (the sum of what a place was given), `salient`
 * [N,H,W], `overlay` [N,3,H,W], `relevance:VALUE`, and those of its ledger.
 */
export function explainProgram(whole: Graph, options: ExplainProgramOptions): ExplainProgram {
  const graph = options.direct ? withDirectSums(whole) : whole;
  const input = graph.inputs[0]!;
  if (graph.inputs.length !== 1 || input.shape.length < 2) {
    const found = graph.inputs.map(({ name, shape }) => `"${name}" ${formatShape(shape)}`).join(', ');
    throw new SalientError('unsupported', `explaining needs a network with one input [N,...]; found ${found}`);
  }
  if (options.saliency !== false && input.shape.length !== 4) {
    throw new SalientError(
      'unsupported',
      `an SR map needs pictures [N,C,H,W], but the network takes ${formatShape(input.shape)}; set saliency to false (--no-saliency)`,
    );
  }
  const stop = options.stop === undefined ? undefined : valueNamed(graph, options.stop);
  const planned = planWayBack(graph, options.method ?? { name: 'lrp' }, options.composite, stop);
  const logitsName = logitsOf(graph).value;
  const builder = new ProgramBuilder({ shares: options.ways.length > 1 });
  const recorded = new Map(options.record.map((name) => [name, valueNamed(graph, name)]));
  const values = new Set(recorded.values());
  const places = options.ways.flatMap(({ start }) => ('place' in start ? [placeValue(graph, start.place)] : []));
  const keep = new Set([logitsName, ...planned.keep, ...values, ...places, ...(stop === undefined ? [] : [stop])]);
  const forward = addForward(builder, graph, { keep });

  const batch = input.shape[0]!;
  const logitsValue = forward.values.get(logitsName)!;
  const shape = builder.shape(logitsValue);
  const classes = elementCount(shape) / batch;
  const logits = builder.alias(logitsValue, [batch, classes]);
  builder.output('logits', logits);
  for (const value of values) builder.output(`activation:${value}`, forward.values.get(value)!);
  const ofAll = channelsOf(graph, options.channels);
  const ledgers = options.ways.map((way, index) => {
    builder.phase = 'relevance';
    builder.layer = 'target';
    const startOf = (): Start => {
      if ('place' in way.start) return placeStart(builder, graph, forward, way.start.place, way.start.init);
      const given = way.start.target === 'given' ? [builder.input(ofWay('target', index), [batch, classes])] : [];
      return { value: logitsName, buffer: builder.alias(builder.add(seed(way.start), [logits, ...given]), shape) };
    };
    const start = startOf();
    if ('place' in way.start) builder.output(ofWay('start', index), addTotal(builder, start.buffer));
    const channels = new Map([...ofAll, ...channelsOf(graph, way.channels)]);
    const { values: arrived, map, ledger } = planned.add(builder, forward, [start], channels);
    if (map === undefined) {
      if (!('place' in way.start) && options.stop === undefined) {
        throw new SalientError('bad-model', `the logits do not depend on input "${input.name}"`);
      }
      const to = options.stop === undefined ? `input "${input.name}"` : `layer "${options.stop}"`;
      const from = 'place' in way.start ? `layer "${way.start.place.layer}" does` : 'the logits do';
      throw new SalientError('bad-argument', `${from} not depend on ${to}: there is nothing to explain`);
    }
    builder.output(ofWay('relevance', index), map);
    for (const value of values) {
      const buffer = arrived.get(value);
      if (buffer !== undefined) builder.output(ofWay(`relevance:${value}`, index), buffer);
    }
    addPictures(builder, map, index, options);
    return ledger;
  });
  const plane = isSpatial(graph, logitsName) ? ([shape[2]!, shape[3]!] as const) : undefined;
  return { program: builder.build(), rules: planned.rules, ledgers, recorded, ...(plane && { plane }) };
}

/** The sum over each sample of a buffer [N,C,...]: [N,1,...]. */
function addTotal(builder: ProgramBuilder, buffer: BufferId): BufferId {
  const [batch, ...others] = builder.shape(buffer);
  return builder.add(sumTo({ shape: [batch!, ...others.map(() => 1)] }), [buffer]);
}

/** What is made of a map [like the input] for people: the SR map, and the overlay. */
function addPictures(
  builder: ProgramBuilder,
  map: BufferId,
  way: number,
  { saliency, overlay }: ExplainProgramOptions,
): void {
  builder.phase = 'saliency';
  const salient = saliency === false ? undefined : addSaliency(builder, map, saliency);
  if (salient !== undefined) builder.output(ofWay('salient', way), salient);
  if (overlay === undefined) return;
  const drawn = overlay === 'relevance' ? map : salient;
  if (drawn === undefined) throw new SalientError('bad-argument', 'an overlay of the SR map needs the SR map');
  builder.output(ofWay('overlay', way), addOverlay(builder, drawn, overlay));
}

/** The channels that were asked for, by value; checked. */
function channelsOf(graph: Graph, channels: Channels = {}): Map<string, readonly number[]> {
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
