import type { Tensor } from '../../tensor/tensor.ts';
import { divide } from '../quotient/operation.ts';
import type { LayerEpilogue } from './epilogue.ts';

/** The epilogue of results z [N,P·C,...], in their place; `relevance` [N,C,...] counts where it is a quotient. */
export function applyEpilogue(epilogue: LayerEpilogue, z: Tensor, relevance: Tensor, groups: number): void {
  if (typeof epilogue === 'object') {
    divide(relevance, z, z, { ...epilogue, groups });
    return;
  }
  switch (epilogue) {
    case 'none':
      return;
    case 'relu':
      for (let i = 0; i < z.data.length; i++) z.data[i] = Math.max(z.data[i]!, 0);
      return;
    default:
      epilogue satisfies never;
  }
}
