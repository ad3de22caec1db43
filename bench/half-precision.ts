/**
 * What it would cost to keep weights as 16-bit floats (`shader-f16`, subgroup matrices): the error of relevance that
 * comes from rounding them alone, everything else in float32.
 *
 *     node dist/bench/half-precision.js alexnet|vgg16 dense|all FOLDER
 *
 * FOLDER holds golden relevance maps of the synthetic networks, NETWORK.COMPOSITE.npy.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '../src/load-model.ts';
import { type SyntheticModelName, syntheticInput, syntheticModel } from '../src/onnx/synthetic.ts';
import { modelBytes, type StreamedTensor } from '../src/onnx/write.ts';
import { openDevice } from '../src/open-device.ts';
import { readNpy } from '../src/tensor/npy.ts';
import { relativeError } from './difference.ts';

const [network, which, folder] = process.argv.slice(2) as [SyntheticModelName, 'dense' | 'all', string];
const COMPOSITES = ['epsilon-plus', 'epsilon-alpha2-beta1', 'epsilon-gamma-box', 'salient-relevance'];
/** Dimensions of the weights that are rounded: of dense layers, and of convolutions. */
const ranks = which === 'all' ? [2, 4] : [2];

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

function rounded(tensor: StreamedTensor): StreamedTensor {
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

const draft = syntheticModel(network);
const initializers = draft.initializers.map((tensor) => ('chunks' in tensor ? rounded(tensor) : tensor));
using device = await openDevice('wasm');
using model = await loadModel(device, modelBytes({ ...draft, initializers }));
const shape = [3, 224, 224];
const input = { shape, data: syntheticInput(`${network}.input`, shape) };
for (const composite of COMPOSITES) {
  const parameters = { low: [-2.2], high: [2.7] };
  const { relevance } = await model.explain(input, { composite, parameters, saliency: false });
  const golden = readNpy(await readFile(join(folder, `${network}.${composite}.npy`)));
  console.log(`${network} ${composite}: relative error ${relativeError(relevance.data, golden.data).toExponential(1)}`);
}
