import { transformWeights, run as winograd } from './06-winograd';
import { Layer } from './layer';

/** Channels change sides and each kernel is turned by half, once, when the weights are packed. */
export function pack(args: usize): void {
  transformWeights(changetype<Layer>(args), true);
}

/** Asked from its target, each number of c gathers from nine of s: a convolution, and every rung above is one of it. */
export function run(args: usize): void {
  winograd(args);
}
