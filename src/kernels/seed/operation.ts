import type { Operation } from '../../tensor/operation.ts';
import type { SeedAttributes } from './attributes.ts';
import { planSeed } from './wasm.ts';
import { dispatchSeed } from './webgpu.ts';

export type * from './attributes.ts';

/** Where relevance starts. Inputs: logits [N,K], weights [N,K] where `given`. Output R [N,K]. */
export function seed(attributes: SeedAttributes): Operation {
  const { target, init } = attributes;
  return {
    name: 'seed',
    attributes: { ...attributes },
    shape: ([logits]) => [[...logits!]],
    reference([logits, given], [output]) {
      const [batch, classes] = logits!.shape as [number, number];
      for (let n = 0; n < batch; n++) {
        const row = logits!.data.subarray(n * classes, (n + 1) * classes);
        let winner = 0;
        for (let k = 1; k < classes; k++) if (row[k]! > row[winner]!) winner = k;
        const weight = (k: number) => (target === 'given' ? given!.data[n * classes + k]! : k === winner ? 1 : 0);
        let start = 0;
        for (let k = 0; k < classes; k++) start += weight(k) * row[k]!;
        for (let k = 0; k < classes; k++) {
          const own = weight(k) * (init === 'one' ? 1 : row[k]!);
          const rest = init === 'contrastive' && weight(k) === 0 ? -start / (classes - 1) : 0;
          output!.data[n * classes + k] = own + rest;
        }
      }
    },
    wasm: (step) => planSeed(step, attributes),
    webgpu: (step) => dispatchSeed(step, attributes),
  };
}
