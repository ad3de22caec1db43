/** Climbs a ladder beside the page, which stays alive meanwhile: answers its one message by many. */
import { SalientError } from '../../../src/error.ts';
import { findGpu } from '../../../src/tensor/webgpu/find.ts';
import { ascend } from '../ladder.ts';
import type { Line } from '../line.ts';
import { problems } from '../rungs.ts';
import { ascendSimd, simdProblems } from '../simd.ts';

export type Size = 'large' | 'small';

export type Order = { readonly size: Size; readonly runs: number } & (
  | {
      readonly ladder: 'wgsl';
      /** By the files' names without the ending. */
      readonly texts: ReadonlyMap<string, string>;
    }
  | { readonly ladder: 'simd'; readonly binary: ArrayBuffer }
);

/** What WebGPU tells of the GPU. */
export interface Adapter {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Whether it is the processor that plays a GPU. */
  readonly fallback: boolean;
  /** What times the rungs: the GPU's own clock, or the page's, from submitting to the end. */
  readonly clock: 'gpu' | 'page';
}

export type Message =
  | { readonly is: 'adapter'; readonly adapter: Adapter }
  | { readonly is: 'rung'; readonly name: string }
  | { readonly is: 'line'; readonly line: Line }
  | { readonly is: 'done' }
  | { readonly is: 'failed'; readonly why: string };

const say = (message: Message) => postMessage(message);
const onRung = (name: string) => say({ is: 'rung', name });
const fail = (why: string) => say({ is: 'failed', why: why.split('\n')[0]! });

addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  try {
    await climbed(data);
    say({ is: 'done' });
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
});

async function climbed(order: Order): Promise<void> {
  const { size, runs } = order;
  if (order.ladder === 'simd') {
    const all = size === 'large' ? simdProblems() : simdProblems([8, 12, 13, 21], [40, 9]);
    const rungs = new WebAssembly.Module(order.binary);
    for (const line of ascendSimd({ rungs, all, runs, onRung })) say({ is: 'line', line });
    return;
  }
  const device = await openGpu();
  const wgsl = (file: string) => order.texts.get(file)!;
  for await (const line of ascend({ device, all: problems(size), wgsl, runs, onRung })) say({ is: 'line', line });
  device.destroy();
}

async function openGpu(): Promise<GPUDevice> {
  const adapter = await (await findGpu()).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new SalientError('no-device', 'WebGPU finds no GPU that this browser allows it');
  const timed = adapter.features.has('timestamp-query');
  const { vendor, architecture, device: name, description, isFallbackAdapter } = adapter.info;
  const fallback = isFallbackAdapter === true; // not every browser tells
  const clock = timed ? 'gpu' : 'page';
  say({ is: 'adapter', adapter: { vendor, architecture, device: name, description, fallback, clock } });
  const device = await adapter.requestDevice({ requiredFeatures: timed ? ['timestamp-query'] : [] });
  device.addEventListener('uncapturederror', ({ error }) => fail(error.message));
  device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') fail(`the GPU was lost: ${message}`);
  });
  return device;
}
