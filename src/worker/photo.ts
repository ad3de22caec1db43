import { SalientError } from '../error.ts';
import { decodeImage, type ExplainInput } from '../index.ts';

/**
 * The pixels of an encoded picture: PNG and JPEG by this package's decoders, so that they are the command line's; others
 * by the browser's.
 * @throws SalientError 'bad-image'
 */
export async function photoOf(blob: Blob): Promise<ExplainInput> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const isOurs = (bytes[0] === 0x89 && bytes[1] === 0x50) || (bytes[0] === 0xff && bytes[1] === 0xd8);
  if (isOurs || typeof createImageBitmap === 'undefined') return decodeImage(bytes);
  return createImageBitmap(blob).catch((cause: unknown) => {
    throw new SalientError('bad-image', 'this is no picture that the browser can decode; give a PNG or a JPEG', {
      cause,
    });
  });
}
