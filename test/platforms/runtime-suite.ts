import type * as Library from '../../src/index.ts';
import type * as Worker from '../../src/worker/open-worker.ts';

/** What a runtime made of the bundled network and a photograph. */
export interface RuntimeResult {
  /** The device `wasm`, for people. */
  readonly wasm: string;
  readonly threads: number;
  /** The device that `auto` takes. */
  readonly automatic: string;
  /** ‖wasm − reference‖ over ‖reference‖, of the relevance. */
  readonly distance: number;
  /** Threads of a worker's device `wasm`, where its relevance has the same bits. */
  readonly worker: number | undefined;
}

/** Explains a photograph with the library that a runtime has loaded; both files come as bytes. */
export async function tryRuntime(
  { decodeImage, loadModel, openDevice }: typeof Library,
  { openWorker }: typeof Worker,
  network: Uint8Array,
  photograph: Uint8Array,
): Promise<RuntimeResult> {
  const photo = await decodeImage(photograph);
  // Closed by hand: Firefox 140 has no Symbol.dispose, which `using` needs.
  const relevance = async (kind: 'reference' | 'wasm') => {
    const device = await openDevice(kind);
    const model = await loadModel(device, network);
    const { data } = (await model.explain(photo, { saliency: false })).relevance;
    device.close();
    return data;
  };
  const [expected, found] = [await relevance('reference'), await relevance('wasm')];
  const worker = await openWorker({ device: 'wasm' });
  const model = await worker.loadModel(network);
  const there = (await model.explain(photo, { saliency: false })).relevance.data;
  worker.close();
  const [wasm, automatic] = [await openDevice('wasm'), await openDevice('auto')];
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const result = {
    wasm: wasm.description,
    threads: wasm.threads!,
    automatic: automatic.description,
    distance: norm(expected.map((value, i) => found[i]! - value) as Float32Array) / norm(expected as Float32Array),
    worker: there.every((value, i) => value === found[i]) ? worker.threads : undefined,
  };
  wasm.close();
  automatic.close();
  return result;
}
