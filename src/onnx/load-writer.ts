import { SalientError } from '../error.ts';

/**
 * What writes ONNX files. It stands on the package onnx-proto, which is larger than all of this one and which reading and
 * explaining do without: whoever writes installs it.
 *
 * @throws SalientError 'unsupported' where it is not installed
 */
export async function loadWriter(): Promise<typeof import('./write.ts')> {
  try {
    return await import('./write.ts');
  } catch (cause) {
    if ((cause as { readonly code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new SalientError(
      'unsupported',
      'a model is to be written, for which the package onnx-proto is missing; `npm install onnx-proto` adds it',
      { cause },
    );
  }
}
