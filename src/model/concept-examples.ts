import { type ConceptOptions, channelOf, type Explainer, layerRelevance } from './concepts.ts';
import { requireCount } from './explain-options.ts';
import type { ExplainInput } from './input.ts';

/** A photograph for whose answer a channel mattered. */
export interface ConceptExample<Key> {
  readonly key: Key;
  /** The channel's share of the layer's Σ|relevance| in this photograph. */
  readonly share: number;
}

/**
 * For each of some channels the photographs in which most of the relevance of the predicted class passes through it
 * (relevance maximisation, Achtibat et al. 2023: not where the channel is most active, but where it is most used),
 * most first, `most` at most. A photograph in which the channel has no positive share is no example. Photographs are
 * asked for one after the other, and none is kept.
 *
 * @throws SalientError 'bad-argument' for a layer or a channel that the network does not have
 *
 * @example
 * ```ts
 * async function* photographs() {
 *   for (const name of ['cup-2000010', 'fish-2000005']) {
 *     yield { key: name, input: await decodeImage(await readFile(`models/samples/${name}.png`)) };
 *   }
 * }
 * const examples = await conceptExamples(model, photographs(), [0, 1], 5, { layer });
 * examples.get(0)!.map(({ key, share }) => `${key}: ${share}`);
 * ```
 */
export async function conceptExamples<Key>(
  model: Explainer,
  images: AsyncIterable<{ readonly key: Key; readonly input: ExplainInput }>,
  channels: readonly number[],
  most: number,
  options: ConceptOptions,
): Promise<Map<number, ConceptExample<Key>[]>> {
  requireCount('most', most);
  const examples = new Map(channels.map((channel) => [channel, [] as ConceptExample<Key>[]]));
  const { target: _, ...predicted } = options;
  for await (const { key, input } of images) {
    const { ranked } = await layerRelevance(model, input, predicted);
    for (const channel of channels) channelOf(ranked, channel, options.layer);
    for (const { channel, share } of ranked) {
      const own = examples.get(channel);
      if (own === undefined || share <= 0) continue;
      own.push({ key, share });
      own.sort((a, b) => b.share - a.share);
      own.length = Math.min(own.length, most);
    }
  }
  return examples;
}
