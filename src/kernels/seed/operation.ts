import type { Operation } from '../../tensor/operation.ts';
import type { SeedAttributes } from './attributes.ts';
import { planSeed } from './wasm.ts';
import { dispatchSeed } from './webgpu.ts';

export type { SeedAttributes } from './attributes.ts';

/** Where relevance starts. Inputs: logits [N,K], weights [N,K] where `given`. Output R [N,K]. */
export function seed(attributes: SeedAttributes): Operation {
  const { target, init, rank = 0 } = attributes;
  return {
    name: 'seed',
    attributes: { ...attributes },
    shape: ([logits]) => [[...logits!]],
    reference([logits, given], [output]) {
      const [batch, classes] = logits!.shape as [number, number];
      for (let n = 0; n < batch; n++) {
        const row = logits!.data.subarray(n * classes, (n + 1) * classes);
        const weights = Array.from({ length: classes }, (_, k) => (given ? given.data[n * classes + k]! : 0));
        const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
        if (target === 'predicted') weights[order[rank]!] = 1;
        const runnerUp = order.find((k) => weights[k] === 0);
        let start = 0;
        for (let k = 0; k < classes; k++) start += weights[k]! * row[k]!;
        for (let k = 0; k < classes; k++) {
          const own = weights[k]! * (init === 'one' ? 1 : row[k]!);
          const isOther = weights[k] === 0 && (init === 'contrastive' || (init === 'runner-up' && k === runnerUp));
          const rest = isOther ? -start / (init === 'contrastive' ? classes - 1 : 1) : 0;
          output!.data[n * classes + k] = own + rest;
        }
      }
    },
    wasm: (step) => planSeed(step, attributes),
    webgpu: (step) => dispatchSeed(step, attributes),
  };
}
