import { fileURLToPath } from 'node:url';
import { deno, type Engine, node24 } from './engines.ts';
import { repositoryRoot } from './paths.ts';
import type { Launch } from './peer.ts';

/** Where peers are that the benchmark cannot install. */
export interface PeerPlaces {
  readonly python?: string | undefined;
  /** zennit's repository, or the folder that holds the package; without it, rules of our own take its place. */
  readonly zennit?: string | undefined;
  /** For PyTorch: `cpu` or `cuda`. */
  readonly torchDevice: string;
  /** Of each contestant on the processor, ours too. */
  readonly threads: number;
}

export type ContestantName =
  | 'salient wasm'
  | 'salient wasm, Node 24'
  | 'salient wasm, Node 24 revectorizing'
  | 'salient wasm, Deno'
  | 'salient webgpu'
  | 'onnxruntime-web wasm'
  | 'onnxruntime-node cpu'
  | 'onnxruntime-node webgpu'
  | 'XNNPACK (tfjs wasm)'
  | 'jax-js wasm'
  | 'PyTorch'
  | 'numpy';

/** How a contestant is started. Throws where it is not known where it is. */
export async function launchOf(name: ContestantName, places: PeerPlaces): Promise<Launch> {
  const { python, zennit, torchDevice, threads } = places;
  const script = (file: string) => fileURLToPath(new URL(`contestants/${file}.js`, import.meta.url));
  const node = (file: string, words: readonly string[], environment: Launch['environment'] = {}): Launch => ({
    command: process.execPath,
    words: [...process.execArgv, script(file), ...words],
    environment,
  });
  const elsewhere = ({ command, words }: Engine): Launch => ({
    command,
    words: [...words, script('salient'), 'wasm', String(threads)],
  });
  const pythonThreads = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const peer = (file: string) => `${repositoryRoot}bench/peers/${file}.py`;
  switch (name) {
    case 'salient wasm':
      return node('salient', ['wasm', String(threads)]);
    case 'salient wasm, Node 24':
      return elsewhere(node24());
    case 'salient wasm, Node 24 revectorizing':
      return elsewhere(node24('--experimental-wasm-revectorize'));
    case 'salient wasm, Deno':
      return elsewhere(deno());
    case 'salient webgpu':
      return node('salient', ['webgpu'], await gpuEnvironment());
    case 'onnxruntime-web wasm':
      return node('onnxruntime', ['web', 'wasm', String(threads)]);
    case 'onnxruntime-node cpu':
      return node('onnxruntime', ['node', 'cpu', String(threads)]);
    case 'onnxruntime-node webgpu':
      return node('onnxruntime', ['node', 'webgpu', String(threads)], await gpuEnvironment());
    case 'XNNPACK (tfjs wasm)':
      return node('xnnpack', []);
    case 'jax-js wasm':
      return node('jax', []);
    case 'PyTorch':
      if (python === undefined) throw new Error('say where it is: --python PYTHON (with torch and numpy)');
      return {
        command: python,
        words: [peer('zennit_peer'), torchDevice, String(threads)],
        environment: { ...pythonThreads, ...(zennit === undefined ? {} : { PYTHONPATH: `${zennit}/src:${zennit}` }) },
      };
    case 'numpy':
      if (python === undefined) throw new Error('say where it is: --python PYTHON (with numpy)');
      return { command: python, words: [peer('numpy_peer')], environment: pythonThreads };
  }
}

/** The environment in which a machine without GPU finds the software adapter that the tests use. */
async function gpuEnvironment(): Promise<Launch['environment']> {
  const { gpuEnvironment } = (await import(`${repositoryRoot}test/support/gpu.mjs`)) as {
    gpuEnvironment(): Launch['environment'];
  };
  return gpuEnvironment();
}
