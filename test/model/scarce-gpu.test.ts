import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, openDevice, type SalientError, type Tensor } from '../../src/index.ts';
import { hasWebGpu } from '../support/devices.ts';
import { randomNumbers } from '../support/random.ts';
import { assertSame, MODEL, PLAIN, photo, requestGpu } from '../support/small-network.ts';

const photos: readonly Tensor[] = [11, 12, 13, 14].map((seed) => ({ ...photo, data: randomNumbers(1200, seed) }));

interface ScarceGpu {
  readonly gpu: GPUDevice;
  /** Bytes that its buffers may have; to be changed. */
  most: number;
  /** Bytes that they have, and had at most. */
  living: number;
  peak: number;
}

/**
 * A GPU that is out of memory beyond `most` bytes, as the specification has it: the buffer is not valid, and the error
 * goes to the scope that waits for it.
 */
async function scarceGpu(most: number): Promise<ScarceGpu> {
  const gpu = await requestGpu();
  const state: ScarceGpu = { gpu, most, living: 0, peak: 0 };
  const scopes: { readonly filter: GPUErrorFilter; failed: boolean }[] = [];
  const [create, push, pop] = [gpu.createBuffer, gpu.pushErrorScope, gpu.popErrorScope].map((method) =>
    method.bind(gpu),
  ) as [GPUDevice['createBuffer'], GPUDevice['pushErrorScope'], GPUDevice['popErrorScope']];
  gpu.pushErrorScope = (filter) => {
    scopes.push({ filter, failed: false });
    return push(filter);
  };
  gpu.popErrorScope = async () => {
    const { failed } = scopes.pop()!;
    const error = await pop();
    return failed ? ({ message: 'no more memory' } as GPUOutOfMemoryError) : error;
  };
  gpu.createBuffer = (descriptor) => {
    if (state.living + descriptor.size > state.most) {
      const scope = scopes.findLast(({ filter }) => filter === 'out-of-memory');
      assert.ok(scope, 'memory is asked for outside a scope');
      scope.failed = true;
      push('validation');
      const invalid = create({ ...descriptor, size: 2 ** 52 });
      void pop();
      return invalid;
    }
    const buffer = create(descriptor);
    state.living += descriptor.size;
    state.peak = Math.max(state.peak, state.living);
    const destroy = buffer.destroy.bind(buffer);
    let isLiving = true;
    buffer.destroy = () => {
      if (isLiving) state.living -= descriptor.size;
      isLiving = false;
      return destroy();
    };
    return buffer;
  };
  return state;
}

/** A GPU whose driver takes up to 20 ms more for every answer. */
async function slowGpu(): Promise<GPUDevice> {
  const gpu = await requestGpu();
  const pauses = randomNumbers(997, 23);
  let answers = 0;
  const late =
    <Args extends unknown[], T>(method: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const answer = await method(...args);
      await new Promise((resolve) => setTimeout(resolve, 10 * (pauses[answers++ % 997]! + 1)));
      return answer;
    };
  gpu.popErrorScope = late(gpu.popErrorScope.bind(gpu));
  gpu.createComputePipelineAsync = late(gpu.createComputePipelineAsync.bind(gpu));
  gpu.queue.onSubmittedWorkDone = late(gpu.queue.onSubmittedWorkDone.bind(gpu.queue));
  const create = gpu.createBuffer.bind(gpu);
  gpu.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    buffer.mapAsync = late(buffer.mapAsync.bind(buffer));
    return buffer;
  };
  return gpu;
}

const codeOf = (error: SalientError) => error.code;

if (await hasWebGpu()) {
  test('a GPU that has no memory for a batch runs its parts, bit by bit alike; for one image, that is the error', async () => {
    const roomy = await scarceGpu(Number.POSITIVE_INFINITY);
    using device = await openDevice({ gpu: roomy.gpu });
    const peaks: number[] = [];
    for (const batch of [1, 2, 4]) {
      using model = await loadModel(device, MODEL);
      roomy.peak = 0;
      await model.explainBatch(photos.slice(0, batch), PLAIN);
      peaks.push(roomy.peak);
    }
    assert.is(roomy.living, 0, 'models that are closed hold nothing');
    using whole = await loadModel(device, MODEL);
    const expected = await whole.explainBatch(photos, PLAIN);

    const scarce = await scarceGpu((peaks[1]! + peaks[2]!) / 2);
    using small = await openDevice({ gpu: scarce.gpu });
    using model = await loadModel(small, MODEL);
    const found = await model.explainBatch(photos, PLAIN);
    for (const [index, one] of found.entries()) assertSame(one, expected[index]!, `image ${index}`);
    assert.ok(scarce.peak > 0 && scarce.peak <= scarce.most);
    model.close();
    assert.is(scarce.living, 0);

    scarce.most = peaks[0]! - 16;
    using none = await loadModel(small, MODEL);
    assert.is(await none.explain(photos[0]!, PLAIN).catch(codeOf), 'out-of-memory');
    assert.is(scarce.living, 0, 'what failed holds nothing');
    // Other programs leave the GPU.
    scarce.most = Number.POSITIVE_INFINITY;
    assertSame(await none.explain(photos[0]!, PLAIN), expected[0]!, 'with memory again');
  });

  test('a slow driver: eight at once give the same bits, aborts end one call each, and closing ends what waits', async () => {
    using quick = await openDevice('webgpu');
    using reference = await loadModel(quick, MODEL);
    const expected = await reference.explain(photo, PLAIN);
    using device = await openDevice({ gpu: await slowGpu() });
    using model = await loadModel(device, MODEL);
    const moments = randomNumbers(8, 29);
    const calls = Array.from({ length: 8 }, async (_, index) => {
      const signal = index % 2 === 0 ? undefined : AbortSignal.timeout(Math.round(150 * (moments[index]! + 1)));
      const result = await model.explain(photo, { ...PLAIN, signal }).catch(codeOf);
      if (typeof result === 'string') assert.is(result, 'aborted');
      else assertSame(result, expected, `call ${index}`);
      return typeof result === 'string';
    });
    const aborted = (await Promise.all(calls)).filter(Boolean).length;
    assert.ok(aborted >= 1 && aborted <= 4, `${aborted} aborted`);
    assertSame(await model.explain(photo, PLAIN), expected, 'after the aborts');
    const last = model.explain(photo, PLAIN).catch(codeOf);
    await new Promise((resolve) => setTimeout(resolve, 5));
    device.close();
    assert.is(await last, 'closed');
  });
}

test.run();
