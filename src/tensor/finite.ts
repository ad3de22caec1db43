import { SalientError } from '../error.ts';
import { stridesOf, type Tensor } from './tensor.ts';

/**
 * Makes sure that a tensor holds neither NaN nor an infinity; kernels and colour maps may then rely on it.
 *
 * @throws SalientError `bad-tensor`, with the place of the first such value
 */
export function requireFinite(tensor: Tensor, name: string): void {
  const at = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const indices = stridesOf(tensor.shape).map((stride, axis) => Math.floor(at / stride) % tensor.shape[axis]!);
  throw new SalientError(
    'bad-tensor',
    `${name} holds ${tensor.data[at]} at [${indices.join(', ')}]; only finite numbers can be worked with`,
  );
}
