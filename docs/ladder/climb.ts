import type { Climbed } from './line.ts';
import type { Ascent } from './rungs.ts';

/** Runs a rung in Node and in a page alike: needs a GPU device and the text of the WGSL files. */

const STORAGE = 0x80;
const UNIFORM_COPY = { source: 0x4, destination: 0x8 };
const MAP_READ = 0x1;
const QUERY_RESOLVE = 0x200;
const COMPUTE = 0x4;

/**
 * Browsers round the GPU's clock to 0.1 ms, and a GPU that was idle is slow at first: a run repeats the passes until it
 * takes so long.
 */
const LEAST_MILLISECONDS = 20;
const MOST_REPETITIONS = 1024;

/**
 * Times each run by the GPU's own clock from the first pass to the last, or without one from submitting to the end.
 * @param runs how often it is run and timed, after runs that are not
 */
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
  const queries = timed ? device.createQuerySet({ type: 'timestamp', count: 2 }) : undefined;
  const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | UNIFORM_COPY.source });
  const times = device.createBuffer({ size: 16, usage: MAP_READ | UNIFORM_COPY.destination });
  const once = async (repetitions: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const last = repetitions * passes.length - 1;
    for (let at = 0; at <= last; at++) {
      const index = at % passes.length;
      const timestampWrites = queries && {
        querySet: queries,
        ...(at === 0 && { beginningOfPassWriteIndex: 0 }),
        ...(at === last && { endOfPassWriteIndex: 1 }),
      };
      const isMarked = timestampWrites && (at === 0 || at === last);
      const pass = encoder.beginComputePass(isMarked ? { timestampWrites } : {});
      pass.setPipeline(pipelines[index]!);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...passes[index]!.workgroups);
      pass.end();
    }
    if (queries) {
      encoder.resolveQuerySet(queries, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, times, 0, 16);
    }
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    const waited = performance.now() - start;
    const own = queries ? await between(times) : waited;
    return own > 0 ? own : waited;
  };
  await once(1);
  let repetitions = 1;
  while ((await once(repetitions)) < LEAST_MILLISECONDS && repetitions < MOST_REPETITIONS) repetitions *= 2;
  const milliseconds: number[] = [];
  while (milliseconds.length < runs) milliseconds.push((await once(repetitions)) / repetitions);
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

async function between(times: GPUBuffer): Promise<number> {
  await times.mapAsync(MAP_READ);
  const [from, to] = new BigUint64Array(times.getMappedRange());
  const milliseconds = Number(to! - from!) / 1e6;
  times.unmap();
  return milliseconds;
}
