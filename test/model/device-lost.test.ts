import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DeviceLoss, loadModel, openDevice } from '../../src/index.ts';
import { hasWebGpu } from '../support/devices.ts';
import { randomNumbers } from '../support/random.ts';
import { assertSame, MODEL, PLAIN, photo, requestGpu } from '../support/small-network.ts';

const TIMES = 20;
/** A GPU that is lost when the dispatch of this number is encoded; it counts them. */
async function mortalGpu(dies: number): Promise<{ gpu: GPUDevice; dispatches: () => number }> {
  const gpu = await requestGpu();
  let count = 0;
  const createEncoder = gpu.createCommandEncoder.bind(gpu);
  gpu.createCommandEncoder = (descriptor) => {
    const encoder = createEncoder(descriptor);
    const beginPass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (own) => {
      const pass = beginPass(own);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (x, y, z) => {
        dispatch(x, y, z);
        if (++count === dies) gpu.destroy();
      };
      return pass;
    };
    return encoder;
  };
  return { gpu, dispatches: () => count };
}

if (await hasWebGpu()) {
  test(`a GPU is lost at random kernels, ${TIMES} of ${TIMES} times: the model goes on with a new one, bit by bit alike`, async () => {
    const whole = await mortalGpu(Number.POSITIVE_INFINITY);
    using device = await openDevice({ gpu: whole.gpu });
    using model = await loadModel(device, MODEL);
    const expected = await model.explain(photo, PLAIN);
    const prepared = whole.dispatches();
    await model.explain(photo, PLAIN);
    const all = whole.dispatches();
    assert.ok(all > prepared && prepared > 5, `${prepared} of ${all} dispatches`);
    whole.gpu.destroy();

    const numbers = randomNumbers(TIMES, 17);
    const places: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      // Preparing, the first run, and a second one of what was prepared.
      const dies = 1 + Math.floor(((numbers[i]! + 1) / 2) * all);
      const { gpu } = await mortalGpu(dies);
      using own = await openDevice({ gpu });
      let loss: DeviceLoss | undefined;
      void own.lost!.then((reported) => {
        loss = reported;
      });
      using other = await loadModel(own, MODEL);
      assertSame(await other.explain(photo, PLAIN), expected, `lost at dispatch ${dies}, first call`);
      assertSame(await other.explain(photo, PLAIN), expected, `lost at dispatch ${dies}, second call`);
      assert.is(loss?.reason, 'destroyed', `dispatch ${dies} of ${all}`);
      places.push(dies);
    }
    console.log(
      `${prepared} dispatches of preparation and first run, ${all} with a second; lost at ${places.join(', ')}`,
    );
  });

  test('it is lost between calls, while several models use it and several calls run: all go on', async () => {
    const { gpu } = await mortalGpu(Number.POSITIVE_INFINITY);
    using device = await openDevice({ gpu });
    using first = await loadModel(device, MODEL);
    using second = await loadModel(device, MODEL);
    const expected = await first.explain(photo, PLAIN);
    await second.explain(photo, PLAIN);
    await first.predict([photo]);
    gpu.destroy();
    const before = device.lost;
    const calls = await Promise.all([
      first.explain(photo, PLAIN),
      second.explain(photo, PLAIN),
      first.explain(photo, PLAIN),
    ]);
    for (const found of calls) assertSame(found, expected, 'after the loss');
    assert.is((await first.predict([photo]))[0]!.classes[0]!.label, expected.classes[0]!.label);
    assert.is.not(device.lost, before);
  });

  test('the caller’s own renewal gives the next GPU; where it fails, or the GPU is lost every time, that is the error', async () => {
    const next = await mortalGpu(Number.POSITIVE_INFINITY);
    const { gpu } = await mortalGpu(5);
    using device = await openDevice({ gpu, renew: async () => next.gpu });
    using model = await loadModel(device, MODEL);
    await model.explain(photo, PLAIN);
    assert.ok(next.dispatches() > 5);

    const failing = await openDevice({
      gpu: (await mortalGpu(5)).gpu,
      renew: async () => {
        throw new Error('no more of them');
      },
    });
    using other = await loadModel(failing, MODEL);
    const code = (error: { code?: string; message: string }) => error.code ?? error.message;
    assert.is(await other.explain(photo, PLAIN).catch(code), 'no more of them');

    let opened = 0;
    const doomed = await openDevice({
      gpu: (await mortalGpu(5)).gpu,
      renew: async () => {
        opened++;
        return (await mortalGpu(5)).gpu;
      },
    });
    using third = await loadModel(doomed, MODEL);
    assert.is(await third.explain(photo, PLAIN).catch(code), 'device-lost');
    assert.is(opened, 3);
    doomed.close();
    assert.is(await third.explain(photo, PLAIN).catch(code), 'closed');
  });

  test('a device that is closed is not lost', async () => {
    const device = await openDevice('webgpu');
    let lost = false;
    void device.lost!.then(() => {
      lost = true;
    });
    device.close();
    assert.is(await device.renew!().catch(({ code }) => code), 'closed');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.is(lost, false);
  });
}

test.run();
