import { convTruth, patchTruth } from './problem.ts';
import type { Ascent, Problems, Rung } from './rungs.ts';

/** Runs a rung in Node and in a page alike: needs a GPU device and the text of the WGSL files. */

export interface Climbed {
  readonly result: Float32Array;
  /** Of each run, by the GPU's own clock, or without one from submitting to the end. */
  readonly milliseconds: readonly number[];
}

const STORAGE = 0x80;
const UNIFORM_COPY = { source: 0x4, destination: 0x8 };
const MAP_READ = 0x1;
const QUERY_RESOLVE = 0x200;
const COMPUTE = 0x4;

/** @param runs how often it is run and timed, after one run that is not */
export async function climb(
  device: GPUDevice,
  ascent: Ascent,
  wgsl: (file: string) => string,
  runs: number,
): Promise<Climbed> {
  const { inputs, result, scratch, passes, constants } = ascent;
  const buffers = [
    ...inputs.map((data) => {
      const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | UNIFORM_COPY.destination });
      device.queue.writeBuffer(buffer, 0, data);
      return buffer;
    }),
    device.createBuffer({ size: 4 * result, usage: STORAGE | UNIFORM_COPY.source }),
    ...scratch.map((count) => device.createBuffer({ size: 4 * count, usage: STORAGE })),
  ];
  // Without weights the result still is binding 2.
  const bindings = buffers.map((_, index) => (inputs.length === 1 && index > 0 ? index + 1 : index));
  const layout = device.createBindGroupLayout({
    entries: bindings.map((binding) => ({
      binding,
      visibility: COMPUTE,
      buffer: { type: binding < 2 ? 'read-only-storage' : 'storage' },
    })),
  });
  const group = device.createBindGroup({
    layout,
    entries: buffers.map((buffer, index) => ({ binding: bindings[index]!, resource: { buffer } })),
  });
  const module = device.createShaderModule({ code: ascent.files.map(wgsl).join('\n') });
  const pipelines = await Promise.all(
    passes.map(({ entry }) =>
      device.createComputePipelineAsync({
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: entry, constants },
      }),
    ),
  );
  const timed = device.features.has('timestamp-query');
  const queries = timed ? device.createQuerySet({ type: 'timestamp', count: 2 * passes.length }) : undefined;
  const resolved = device.createBuffer({ size: 16 * passes.length, usage: QUERY_RESOLVE | UNIFORM_COPY.source });
  const times = device.createBuffer({ size: 16 * passes.length, usage: MAP_READ | UNIFORM_COPY.destination });
  const milliseconds: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const encoder = device.createCommandEncoder();
    for (const [index, { workgroups }] of passes.entries()) {
      const pass = encoder.beginComputePass(
        queries && {
          timestampWrites: {
            querySet: queries,
            beginningOfPassWriteIndex: 2 * index,
            endOfPassWriteIndex: 2 * index + 1,
          },
        },
      );
      pass.setPipeline(pipelines[index]!);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...workgroups);
      pass.end();
    }
    if (queries) {
      encoder.resolveQuerySet(queries, 0, 2 * passes.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, times, 0, 16 * passes.length);
    }
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    const waited = performance.now() - start;
    const own = queries ? await sumOfPasses(times) : waited;
    if (run > 0) milliseconds.push(own > 0 ? own : waited);
  }
  const read = device.createBuffer({ size: 4 * result, usage: MAP_READ | UNIFORM_COPY.destination });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffers[inputs.length]!, 0, read, 0, 4 * result);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(MAP_READ);
  const numbers = new Float32Array(read.getMappedRange().slice(0));
  for (const buffer of [...buffers, resolved, times, read]) buffer.destroy();
  queries?.destroy();
  return { result: numbers, milliseconds };
}

async function sumOfPasses(times: GPUBuffer): Promise<number> {
  await times.mapAsync(MAP_READ);
  const ticks = new BigUint64Array(times.getMappedRange());
  let sum = 0;
  for (let i = 0; i < ticks.length; i += 2) sum += Number(ticks[i + 1]! - ticks[i]!) / 1e6;
  times.unmap();
  return sum;
}

/**
 * How far a rung's result is from the truth: for convolutions the largest error over the sum of the products' magnitudes,
 * in units of float32's rounding (2⁻²⁴); for distances the largest error over the distance itself.
 */
export function errorOf(rung: Rung, { conv, back, patches }: Problems, result: Float32Array): number {
  let farthest = 0;
  if (rung.kind === 'distances') {
    const truth = patchTruth(patches);
    for (let i = 0; i < truth.length; i++) {
      if (truth[i] !== 0) farthest = Math.max(farthest, Math.abs(result[i]! - truth[i]!) / truth[i]!);
    }
    return farthest;
  }
  const { sums, magnitudes } = convTruth(rung.kind === 'convolution' ? conv : back);
  for (let i = 0; i < sums.length; i++) {
    farthest = Math.max(farthest, (Math.abs(result[i]! - sums[i]!) / magnitudes[i]!) * 2 ** 24);
  }
  return farthest;
}
