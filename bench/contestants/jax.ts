/** jax-js as a contestant, on its WebAssembly backend: `jax.js`. One thread: in Node it finds no `Worker` to start others. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parseModel } from '../../src/onnx/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import type { Jax } from '../jax.ts';
import { networkOnJax } from '../network-on-jax.ts';
import { repositoryRoot } from '../paths.ts';
import { serve } from '../serve.ts';

const folder = `${repositoryRoot}bench/node_modules/@jax-js/jax`;
const path = createRequire(`${repositoryRoot}bench/package.json`).resolve('@jax-js/jax');
const jax = (await import(pathToFileURL(path).href)) as Jax;
const { version } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8')) as { version: string };
await jax.init('wasm');
jax.defaultDevice('wasm');

await serve(`jax-js ${version}, wasm (SIMD, 1 thread)`, async ({ model, input, batch, program }) => {
  if (program !== 'forward') throw new Error('jax-js runs forward passes alone here');
  const graph = await parseModel(await readFile(model!), { batch });
  const network = networkOnJax(jax, graph);
  const { shape, data } = readNpy(await readFile(input), input);
  return {
    async run() {
      const output = network(jax.numpy.array(Float32Array.from(data), { shape }));
      return { shape: graph.outputs[0]!.shape, data: await output.data() };
    },
  };
});
