import { SalientError } from '../../error.ts';
import type { Place } from '../../explain/place.ts';

/** A place by `LAYER[:CHANNEL[@Y,X]]`; the colons of a layer's own name stay with it. */
export function placeFrom(word: string | undefined): Place | undefined {
  if (word === undefined) return undefined;
  const match = /^(.+?)(?::(\d+)(?:@(\d+(?:,\d+)*))?)?$/.exec(word);
  if (match === null) throw new SalientError('bad-argument', `--start is "${word}"; expected LAYER[:CHANNEL[@Y,X]]`);
  const [, layer, channel, position] = match as unknown as [string, string, string?, string?];
  return {
    layer,
    ...(channel !== undefined && { channel: Number(channel) }),
    ...(position !== undefined && { position: position.split(',').map(Number) }),
  };
}

/** The same for people. */
export function placeName({ layer, channel, position }: Place): string {
  const unit = position === undefined ? '' : `@${position.join()}`;
  return `layer ${layer}${channel === undefined ? '' : `:${channel}${unit}`}`;
}
