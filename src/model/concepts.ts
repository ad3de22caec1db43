import { SalientError } from '../error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ExplainOptions, requireCount } from './explain-options.ts';
import type { Explanation } from './explanation.ts';
import type { ExplainInput } from './input.ts';
import type { Model } from './model.ts';

/*
 * Concept Relevance Propagation (Achtibat et al. 2023, "From attribution maps to human-understandable explanations
 * through Concept Relevance Propagation"): a layer's channels are the concepts; each has a share in the answer, and a map
 * of its own, the relevance that passes through it alone. The maps of all channels add up to the whole map.
 */

/** A model, here or in a worker. */
export type Explainer = Pick<Model, 'explain' | 'explainConditions'>;

/** Which channels of which layer, and how relevance is handed down to it. */
export interface ConceptOptions extends Omit<ExplainOptions, 'channels' | 'overlay' | 'record' | 'saliency' | 'stop'> {
  /** A value's name, or a node's for its first output: [N,C,h,w]. */
  readonly layer: string;
  /** How many of the most relevant channels. Default 8, or as many as there are. */
  readonly top?: number | undefined;
  /** Channels of one's own choice, instead of the most relevant ones. */
  readonly channels?: readonly number[] | undefined;
}

/** What one channel has to do with the answer. */
export interface ChannelRelevance {
  readonly channel: number;
  /** Σ over the plane. */
  readonly relevance: number;
  /** `relevance` over Σ|relevance| of the layer's channels. */
  readonly share: number;
}

/** A channel with its conditional map. */
export interface Concept extends ChannelRelevance {
  /** The relevance that passes through this channel alone, [C,H,W] like the network's input. */
  readonly map: Tensor;
}

/** The channels that made an answer. */
export interface Concepts {
  readonly layer: string;
  /** Of the layer: `relevance` is its relevance [C,h,w]. */
  readonly explanation: Explanation;
  /** The chosen channels, most relevant first (or in the order asked for). */
  readonly concepts: readonly Concept[];
}

/** Relevance of each channel of a layer, most relevant first. */
export function rankChannels({ shape, data }: Tensor, layer: string): ChannelRelevance[] {
  const [channels = 0, ...plane] = shape;
  if (plane.length === 0 && channels === 0) throw new SalientError('bad-argument', `"${layer}" has no channels`);
  const size = data.length / channels;
  const sums = Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let i = channel * size; i < (channel + 1) * size; i++) sum += data[i]!;
    return sum;
  });
  const total = sums.reduce((all, sum) => all + Math.abs(sum), 0);
  return sums
    .map((relevance, channel) => ({ channel, relevance, share: total === 0 ? 0 : relevance / total }))
    .sort((a, b) => b.relevance - a.relevance || a.channel - b.channel);
}

/** The layer's relevance alone: a way back that stops there. */
export async function layerRelevance(
  model: Explainer,
  input: ExplainInput,
  { layer, channels: _, ...options }: ConceptOptions,
): Promise<{ readonly explanation: Explanation; readonly ranked: readonly ChannelRelevance[] }> {
  const explanation = await model.explain(input, { ...options, stop: layer });
  return { explanation, ranked: rankChannels(explanation.relevance, layer) };
}

/**
 * The most relevant channels of a layer for one image, each with its conditional map; all from two forward passes, one to
 * rank the channels and one for all the maps.
 *
 * @throws SalientError 'bad-argument' for a layer or a channel that the network does not have
 *
 * @example
 * ```ts
 * const { concepts } = await explainConcepts(model, photo, { layer, top: 3 });
 * for (const { channel, share, map } of concepts) console.log(channel, share.toFixed(2), map.shape);
 * ```
 */
export async function explainConcepts(
  model: Explainer,
  input: ExplainInput,
  options: ConceptOptions,
): Promise<Concepts> {
  const { layer, top = 8, channels, target, ...others } = options;
  requireCount('top', top);
  const { explanation, ranked } = await layerRelevance(model, input, { ...others, layer, target });
  const chosen = channels?.map((channel) => channelOf(ranked, channel, layer)) ?? ranked.slice(0, top);
  const index = explanation.target.class?.index;
  const conditions = chosen.map(({ channel }) => ({
    // The class that was ranked for, should the second pass see a tie otherwise.
    ...(others.start ? {} : { target: target ?? index }),
    channels: { [layer]: [channel] },
  }));
  const explanations = await model.explainConditions(input, conditions, { ...others, saliency: false });
  return {
    layer,
    explanation,
    concepts: chosen.map((own, way) => ({ ...own, map: explanations[way]!.relevance })),
  };
}

/** @throws SalientError 'bad-argument' where the layer has no such channel */
export function channelOf(ranked: readonly ChannelRelevance[], channel: number, layer: string): ChannelRelevance {
  const own = ranked.find((each) => each.channel === channel);
  if (own !== undefined) return own;
  throw new SalientError(
    'bad-argument',
    `"${layer}" has no channel ${channel}; its channels are 0 to ${ranked.length - 1}`,
  );
}
