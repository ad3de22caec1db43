/**
 * XNNPACK as TensorFlow.js's WebAssembly backend brings it: `xnnpack.js`. One thread: TensorFlow.js turns its threads off
 * in Node (https://github.com/tensorflow/tfjs/issues/3830).
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseModel } from '../../src/onnx/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { channelsLast, networkOnTfjs } from '../network-on-tfjs.ts';
import { repositoryRoot } from '../paths.ts';
import { serve } from '../serve.ts';
import type { Tf } from '../tfjs.ts';

const require = createRequire(`${repositoryRoot}bench/package.json`);
const tf = require('@tensorflow/tfjs-core') as Tf;
require('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');
await tf.ready();

await serve(`XNNPACK in TensorFlow.js ${tf.version_core}, wasm (SIMD, 1 thread)`, async (request) => {
  const { model, input, batch, program } = request;
  if (program !== 'forward') throw new Error('TensorFlow.js runs forward passes alone here');
  const network = networkOnTfjs(tf, await parseModel(await readFile(model!), { batch }));
  const { shape, data } = channelsLast(readNpy(await readFile(input), input));
  return {
    async run() {
      const given = tf.tensor(data, shape);
      const output = network(given);
      const result = { shape: output.shape, data: await output.data() };
      for (const tensor of [given, output]) tensor.dispose();
      return result;
    },
  };
});
