import { join } from 'node:path';
import { readInput } from '../src/cli/read.ts';
import { runScript } from '../src/cli/run-program.ts';
import { loadModel } from '../src/model/load-model.ts';
import { syntheticInput, syntheticModel } from '../src/onnx/synthetic.ts';
import { modelBytes, type StreamedTensor } from '../src/onnx/write.ts';
import { readNpy } from '../src/tensor/npy.ts';
import { openDevice } from '../src/tensor/open-device.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { relativeError } from './difference.ts';
import { choiceOf } from './program.ts';

const HELP = `usage: node dist/bench/half-precision.js alexnet|vgg16 dense|all FOLDER

What it would cost to keep weights as 16-bit floats (shader-f16, subgroup matrices): the error of relevance that comes
from rounding them alone, of dense layers or of all, everything else in float32. FOLDER holds golden relevance maps of
the synthetic networks, NETWORK.COMPOSITE.npy.`;

const COMPOSITES = ['epsilon-plus', 'epsilon-alpha2-beta1', 'epsilon-gamma-box', 'salient-relevance'];

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/** The nearest 16-bit float, ties to even. */
function half(value: number): number {
  const smallest = 2 ** -24;
  if (Math.abs(value) < 2 ** -14) return Math.round(value / smallest) * smallest;
  single[0] = value;
  bits[0] = (bits[0]! + 0xfff + ((bits[0]! >>> 13) & 1)) & ~0x1fff;
  return single[0];
}

/** A tensor with its numbers rounded, where it has one of these numbers of dimensions. */
function rounded(tensor: StreamedTensor, ranks: readonly number[]): StreamedTensor {
  if (!ranks.includes(tensor.shape.length)) return tensor;
  return {
    ...tensor,
    *chunks() {
      for (const chunk of tensor.chunks()) {
        const numbers = new Float32Array(chunk.slice().buffer).map(half);
        yield new Uint8Array(numbers.buffer);
      }
    },
  };
}

await runScript({ help: HELP, options: {}, words: { least: 3, most: 3 } }, async ({ positionals }) => {
  const network = choiceOf(positionals[0]!, ['alexnet', 'vgg16']);
  const which = choiceOf(positionals[1]!, ['dense', 'all']);
  const golden = new Map<string, Tensor>();
  for (const composite of COMPOSITES) {
    const path = join(positionals[2]!, `${network}.${composite}.npy`);
    golden.set(composite, readNpy(await readInput(path), path));
  }
  const draft = syntheticModel(network);
  // Two dimensions of dense layers, four of convolutions.
  const ranks = which === 'all' ? [2, 4] : [2];
  const initializers = draft.initializers.map((tensor) => ('chunks' in tensor ? rounded(tensor, ranks) : tensor));
  using device = await openDevice('wasm');
  using model = await loadModel(device, modelBytes({ ...draft, initializers }));
  const shape = [3, 224, 224];
  const input = { shape, data: syntheticInput(`${network}.input`, shape) };
  for (const [composite, { data }] of golden) {
    const parameters = { low: [-2.2], high: [2.7] };
    const { relevance } = await model.explain(input, { composite, parameters, saliency: false });
    console.log(`${network} ${composite}: relative error ${relativeError(relevance.data, data).toExponential(1)}`);
  }
});
