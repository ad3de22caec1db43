import { requireNames, SalientError } from '../error.ts';
import type { Channels, ExplainProgramOptions, Way } from '../explain/explain-program.ts';
import { type Method, type MethodOptions, resolveMethod, takesSamples, wayBackOf } from '../explain/methods.ts';
import type { OverlayKind } from '../explain/overlay.ts';
import type { Place, PlaceInit } from '../explain/place.ts';
import { type Init, type Target, targetRank, targetWeights } from '../explain/target.ts';
import { oneOf } from '../lrp/checks.ts';
import type { Composite, CompositeParameters } from '../lrp/composite.ts';
import { resolveSaliencyOptions, type SaliencyOptions } from '../saliency/options.ts';
import type { RunOptions } from '../tensor/device.ts';

/** How an image is explained. Every option has a default. */
export interface ExplainOptions extends RunOptions {
  /** Default `lrp`. */
  readonly method?: Method | MethodOptions | undefined;
  /** A ready-made composite's name, or a rule map of your own. Default `epsilon-plus`. */
  readonly composite?: string | Composite | undefined;
  /** Parameters of a named composite; z-box bounds default to the preprocessing's black and white. */
  readonly parameters?: CompositeParameters | undefined;
  /** Default `predicted`. */
  readonly target?: Target | undefined;
  /** Default `logit`. */
  readonly init?: Init | undefined;
  /** Starts inside the network, from the layer's activation (or from 1, with `init` `one`), instead of at a target. */
  readonly start?: Place | undefined;
  /**
   * Ends at this layer (or value): `relevance` is that layer's [C,...], there is no SR map, and the ledger ends there.
   */
  readonly stop?: string | undefined;
  /** Options of the SR map; `false` leaves it out. */
  readonly saliency?: SaliencyOptions | false | undefined;
  /**
   * Convolutions as direct sums only: slower where Winograd's algorithm would serve, and right to the last digits where
   * one pattern occurs in many places, as in drawings and text ({@link withDirectSums}).
   */
  readonly direct?: boolean | undefined;
  /**
   * Draw the relevance or the SR map over each photograph on the device itself, its colours full at the map's largest
   * value.
   */
  readonly overlay?: OverlayKind | undefined;
  /** How many classes are listed. Default 5. */
  readonly top?: number | undefined;
  /** Channels of layers or values through which relevance may pass, by name; it is dropped in the others. */
  readonly channels?: Channels | undefined;
  /** Values or layers whose activation and relevance are returned. */
  readonly record?: readonly string[] | undefined;
}

/** Every name of {@link ExplainOptions}, and `explainMany`'s: a misspelt one would be ignored without a word. */
const OPTION_NAMES: Readonly<Record<keyof ExplainOptions | 'batch', true>> = {
  method: true,
  composite: true,
  parameters: true,
  target: true,
  init: true,
  start: true,
  stop: true,
  saliency: true,
  direct: true,
  overlay: true,
  top: true,
  channels: true,
  record: true,
  signal: true,
  onProgress: true,
  profile: true,
  batch: true,
};

const CONDITION_NAMES: Readonly<Record<keyof Condition, true>> = { target: true, channels: true };
const PLACE_NAMES: Readonly<Record<keyof Place, true>> = { layer: true, channel: true, position: true };

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly method: MethodOptions;
  readonly program: ExplainProgramOptions;
  /** Equal where the programs are equal. */
  readonly key: string;
  /** At least one. */
  readonly targets: readonly ResolvedTarget[];
  readonly top: number;
}

/** A target by its weights over the classes, or by its rank in the order of the logits, or a place that stands for one. */
export interface ResolvedTarget {
  readonly weights: Float32Array | undefined;
  readonly rank: number;
  readonly place?: Place | undefined;
}

/** One of several explanations from one forward pass (a condition, in Achtibat et al. 2023). */
export interface Condition {
  /** Default `predicted`. */
  readonly target?: Target | undefined;
  /** Channels of layers or values through which relevance may pass, by name, besides those of the options. */
  readonly channels?: Channels | undefined;
}

/**
 * Options with their defaults; on a `spatial` output, targets are weights already, one for each class and pixel.
 * @throws SalientError 'bad-argument' for an option that is not there, or a value that it cannot have
 */
export function resolveOptions(
  options: ExplainOptions,
  composite: Composite,
  labels: readonly string[],
  conditions: readonly Condition[] = [{ target: options.target }],
  spatial = false,
): ResolvedOptions {
  requireNames(options, OPTION_NAMES);
  const method = resolveMethod(options.method);
  const { start: place, stop } = options;
  requireTogether(options, method);
  // A gradient is that of the score itself.
  const { init = method.name === 'lrp' ? 'logit' : 'one', saliency = {}, record = [], top = 5 } = options;
  requireCount('top', top);
  oneOf('logit', 'one', 'contrastive', 'runner-up')(init, 'init');
  for (const condition of conditions) requireNames(condition, CONDITION_NAMES);
  if (place) requireNames(place, PLACE_NAMES);
  const classes = labels.length;
  const resolved = conditions.map(({ target = 'predicted' }) => ({
    weights: spatial ? (target as Float32Array) : targetWeights(target, classes, labels),
    rank: spatial ? 0 : (targetRank(target, classes) ?? 0),
    ...(place && { place }),
  }));
  for (const { weights } of resolved) {
    const isOneClass = weights === undefined || weights.filter((weight) => weight !== 0).length === 1;
    if (isOneClass || (init !== 'contrastive' && init !== 'runner-up')) continue;
    throw new SalientError('bad-argument', `the start "${init}" needs one target class, not weights of several`);
  }
  if (init === 'runner-up' && classes < 2) {
    throw new SalientError('bad-argument', 'the start "runner-up" needs a second class, but the network has one');
  }
  const program: ExplainProgramOptions = {
    method: wayBackOf(method),
    composite,
    ways: resolved.map(({ weights, rank }, index) => {
      const { channels } = conditions[index]!;
      const seed: Way['start'] =
        weights === undefined ? { target: 'predicted', init, ...(rank > 0 && { rank }) } : { target: 'given', init };
      return { start: place ? { place, init: init as PlaceInit } : seed, ...(channels && { channels }) };
    }),
    stop,
    saliency: saliency === false || stop !== undefined ? false : resolveSaliencyOptions(saliency),
    direct: options.direct,
    overlay: options.overlay,
    channels: options.channels,
    record,
  };
  return { method, program, key: JSON.stringify(program), targets: resolved, top };
}

/** @throws SalientError 'bad-argument' where options exclude each other */
function requireTogether(options: ExplainOptions, method: MethodOptions): void {
  const { overlay, channels, record, start, stop, target, init, saliency } = options;
  const refuse = (text: string): never => {
    throw new SalientError('bad-argument', text);
  };
  if (takesSamples(method)) {
    const given = { overlay, channels, record: record?.length ? record : undefined, start, stop };
    const name = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
    if (name !== undefined) refuse(`${method.name} is made of several runs: it takes no ${name}`);
  }
  if (start !== undefined && target !== undefined) refuse('a start inside the network has no target; leave one out');
  if (start !== undefined && init !== undefined && init !== 'logit' && init !== 'one') {
    refuse(`the start "${init}" compares classes; a start inside the network takes logit (its activation) or one`);
  }
  if (stop !== undefined && (overlay !== undefined || saliency)) {
    refuse(`a way that stops at "${stop}" has no map of the input: no SR map and no overlay`);
  }
  if (stop !== undefined && method.name === 'grad-cam') refuse('grad-cam stops at its own layer; leave out stop');
}

/** @throws SalientError 'bad-argument' where a number is no count */
export function requireCount(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new SalientError('bad-argument', `${name} is ${count}; expected a whole number of at least 1`);
}
