import type { Operation } from '../tensor/operation.ts';

export interface ContextMeanAttributes {
  /** How many maps are averaged. */
  readonly maps: number;
  /** Whether each map has its distances to the foci. */
  readonly foci: boolean;
  /** Whether the mean is multiplied by a centre prior. */
  readonly prior: boolean;
}

/**
 * The mean over scales with immediate context (Goferman et al. 2012, eqs. 5 and 6): mean of S_r·(1 − d_r), times a
 * centre prior. Inputs: the maps S [N,H,W]; with `foci` as many distances d [N,H,W] in [0,1]; with `prior` G [H,W].
 * Output: [N,H,W].
 */
export function contextMean(attributes: ContextMeanAttributes): Operation {
  const { maps, foci, prior } = attributes;
  return {
    name: 'context-mean',
    attributes: { ...attributes },
    shape: ([map]) => [[...map!]],
    reference(inputs, [output]) {
      const weights = prior ? inputs.at(-1)!.data : undefined;
      const [, height, width] = output!.shape as [number, number, number];
      for (let i = 0; i < output!.data.length; i++) {
        let sum = 0;
        for (let map = 0; map < maps; map++) {
          const weight = foci ? 1 - inputs[maps + map]!.data[i]! : 1;
          sum += inputs[map]!.data[i]! * weight;
        }
        output!.data[i] = (sum / maps) * (weights === undefined ? 1 : weights[i % (height * width)]!);
      }
    },
  };
}
