/**
 * One long life in a process of its own, whose memory and threads are then its own: `node --expose-gc life.js DEVICE`
 * prints what it saw as JSON.
 */
import { readFileSync } from 'node:fs';
import { loadModel, type Model, openDevice, SalientError, type Tensor } from '../../src/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { goldenFolder } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const kind = process.argv[2] as 'wasm' | 'reference';
const [explanations, openings, aborts] = process.argv.slice(3).map(Number) as [number, number, number];
const file = new Uint8Array(readFileSync(`${goldenFolder}mini-vgg-bn.onnx`));
const { data } = readNpy(readFileSync(`${goldenFolder}mini-vgg-bn.input.npy`));
const image: Tensor = { shape: [3, 32, 32], data: Float32Array.from(data.slice(0, 3072)) };
const options = { saliency: { size: 32 } } as const;

const memory = async (): Promise<number> => {
  // Garbage of streams and workers is let go some turns later, on a busy machine many: what is held is the least.
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 20; turn++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
};

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof SalientError ? error.code : `a fault: ${String(error)}`),
  );

/** Memory after half and at the end of `count` turns. */
async function growth(count: number, turn: (index: number) => Promise<void>): Promise<[number, number]> {
  let early = 0;
  for (let index = 0; index < count; index++) {
    if (index === Math.ceil(count / 2)) early = await memory();
    await turn(index);
  }
  return [early, await memory()];
}

const device = await openDevice(kind);
const model = await loadModel(device, file);
const first = await model.explain(image, options);
const isSame = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).every((value, i) => value === b[i]);

let different = 0;
const explained = await growth(explanations, async () => {
  const { relevance } = await model.explain(image, options);
  if (!isSame(relevance.data, first.relevance.data)) different++;
});

const opened = await growth(openings, async () => {
  const own = await openDevice(kind);
  const its = await loadModel(own, file);
  await its.explain(image, { saliency: false });
  its.close();
  own.close();
});

const together = await Promise.all(Array.from({ length: 8 }, () => model.explain(image, options)));
const togetherSame = together.every(({ relevance }) => isSame(relevance.data, first.relevance.data));

// The signal comes at any moment, from before the call to after its end.
const moments = randomNumbers(aborts, 7);
const aborted = new Map<string, number>();
for (let n = 0; n < aborts; n++) {
  const controller = new AbortController();
  const call = codeOf(model.explain(image, { ...options, signal: controller.signal }));
  setTimeout(() => controller.abort(), 2 * (moments[n]! + 1));
  const code = await call;
  aborted.set(code, (aborted.get(code) ?? 0) + 1);
}
const after = await model.explain(image, options);

// Closing during a run, and calls after it.
const closing: string[] = [];
for (const close of [(m: Model) => m.close(), (_: Model, d: { close(): void }) => d.close()]) {
  const own = await openDevice(kind);
  const its = await loadModel(own, file);
  const running = [
    codeOf(its.explain(image, options)),
    codeOf(its.explain(image, { ...options, composite: 'montavon' })),
  ];
  await new Promise((resolve) => setTimeout(resolve, 3));
  close(its, own);
  closing.push(...(await Promise.all(running)), await codeOf(its.explain(image, options)));
  its.close();
  own.close();
}

model.close();
device.close();
const late = await codeOf(model.explain(image));
console.log(
  JSON.stringify({
    explained,
    opened,
    different,
    togetherSame,
    aborted: Object.fromEntries(aborted),
    afterSame: isSame(after.relevance.data, first.relevance.data),
    closing,
    late,
  }),
);
