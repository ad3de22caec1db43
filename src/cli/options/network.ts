import { SalientError } from '../../error.ts';
import type { ReadingOptions } from '../../model/reading.ts';

export const NETWORK_HELP = `  --output NAME           the network's output to explain; default: of several the one that looks like class scores
  --input-shape N,C,H,W   the shape of the input, where the file leaves it open (height and width follow the image)`;

export const NETWORK_OPTIONS = {
  output: { type: 'string' },
  'input-shape': { type: 'string' },
} as const;

type Values = { readonly [K in keyof typeof NETWORK_OPTIONS]?: string | undefined };

/** How the network's file is to be read. */
export function networkFrom({ output, 'input-shape': given }: Values): Pick<ReadingOptions, 'output' | 'inputShape'> {
  const inputShape = given?.split(/[,x×]/).map(Number);
  if (inputShape !== undefined && !inputShape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    throw new SalientError(
      'bad-argument',
      `--input-shape is "${given}"; expected positive whole numbers, such as 1,3,224,224`,
    );
  }
  return { output, inputShape };
}
