import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError, type SalientErrorCode } from '../../src/error.ts';
import { activation } from '../../src/kernels/activation/operation.ts';
import { conv } from '../../src/kernels/conv/operation.ts';
import { dense, denseTranspose } from '../../src/kernels/dense/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import type { Device, Progress } from '../../src/tensor/device.ts';
import { openDevice } from '../../src/tensor/open-device.ts';
import { type Program, ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { openWebGpuDevice } from '../../src/tensor/webgpu/device.ts';
import { findGpu } from '../../src/tensor/webgpu/find.ts';
import { assertRelative } from '../support/assert.ts';
import { hasWebGpu } from '../support/devices.ts';
import { randomNumbers } from '../support/random.ts';

const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;
const weights = sourceOf('conv.weight', [16, 8, 3, 3], randomNumbers(16 * 8 * 9, 1));
const image = new Map([['x', randomNumbers(8 * 20 * 20, 2)]]);

/** A convolution that feeds a ReLU. */
function program({ outputs = 1 } = {}): Program {
  const builder = new ProgramBuilder();
  builder.layer = 'conv';
  const x = builder.input('x', [1, 8, 20, 20]);
  const attributes = { window, groups: 1, maps: PLAIN, bias: false, epilogue: 'none' } as const;
  const y = builder.add(conv(attributes), [x, builder.constant(weights)]);
  builder.output('y', builder.add(activation({ kind: 'relu' }), [y]));
  for (let i = 1; i < outputs; i++) {
    builder.output(`y${i}`, builder.add(activation({ kind: 'leaky-relu', alpha: i }), [y]));
  }
  return builder.build();
}

const fails =
  (code: SalientErrorCode, ...words: string[]) =>
  (error: unknown) =>
    error instanceof SalientError && error.code === code && words.every((word) => error.message.includes(word));

async function rejects(result: Promise<unknown>, expected: (error: unknown) => boolean): Promise<void> {
  const error = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(expected(error), `found: ${error}`);
}

/** A device of the caller's own, and the number of buffers that live on it. */
async function ownDevice(): Promise<{ gpu: GPUDevice; buffers: () => number }> {
  const adapter = await (await findGpu()).requestAdapter();
  const gpu = await adapter!.requestDevice();
  let living = 0;
  const create = gpu.createBuffer.bind(gpu);
  gpu.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    living++;
    buffer.destroy = () => {
      living--;
      return destroy();
    };
    return buffer;
  };
  return { gpu, buffers: () => living };
}

/** The runtime's adapter, changed: `using` it gives the runtime its own back. */
async function otherAdapter(change: (adapter: GPUAdapter) => object): Promise<Disposable> {
  const gpu = await findGpu();
  const request = gpu.requestAdapter;
  const adapter = (await gpu.requestAdapter())!;
  const { limits, features } = adapter;
  const requestDevice = adapter.requestDevice.bind(adapter);
  const other = { limits, features, requestDevice, ...change(adapter) } as unknown as GPUAdapter;
  gpu.requestAdapter = async () => other;
  return {
    [Symbol.dispose]() {
      gpu.requestAdapter = request;
    },
  };
}

test('where there is no WebGPU the error says how to get it', () => {
  const script = `import(${JSON.stringify(import.meta.resolve('../../src/tensor/webgpu/device.js'))})
    .then(({ openWebGpuDevice }) => openWebGpuDevice()).catch(({ code, message }) => console.log(code, message))`;
  const { SALIENT_WEBGPU: _, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { env, cwd: tmpdir(), encoding: 'utf8' });
  assert.match(stdout, /^no-device WebGPU is not installed: .*SALIENT_WEBGPU/);
});

if (await hasWebGpu()) {
  test('create, close, create again', async () => {
    for (let i = 0; i < 2; i++) {
      using device = await openWebGpuDevice();
      assert.match(device.description, /^webgpu \(.+\)$/);
      using executable = await device.prepare(program());
      assert.is((await executable.run(image)).outputs.get('y')!.data.length, 16 * 20 * 20);
      assert.ok(executable.placement.every((place) => place === 'webgpu'));
    }
  });

  test('two runs give the same bits, and 100 runs allocate nothing', async () => {
    const { gpu, buffers } = await ownDevice();
    using device = await openWebGpuDevice({ gpu });
    using executable = await device.prepare(program());
    const first = (await executable.run(image)).outputs.get('y')!.data;
    const before = buffers();
    for (let i = 0; i < 100; i++) assert.equal((await executable.run(image)).outputs.get('y')!.data, first);
    assert.is(buffers(), before);
    gpu.destroy();
  });

  test('programs share their weights, and closing frees everything', async () => {
    const { gpu, buffers } = await ownDevice();
    const device = await openWebGpuDevice({ gpu });
    const first = await device.prepare(program());
    const alone = buffers();
    const second = await device.prepare(program());
    assert.ok(buffers() < 2 * alone, `${buffers()} buffers, ${alone} with one program`);
    first.close();
    first.close();
    assert.is((await second.run(image)).outputs.get('y')!.data.length, 6400);
    await rejects(first.run(image), fails('closed'));
    device.close();
    assert.is(buffers(), 0);
    await rejects(device.prepare(program()), fails('closed'));
    gpu.destroy();
  });

  test('a lost device is an error of the pending call and of all later ones', async () => {
    const { gpu } = await ownDevice();
    using device = await openWebGpuDevice({ gpu });
    using executable = await device.prepare(program());
    await executable.run(image);
    gpu.destroy();
    await rejects(executable.run(image), fails('device-lost', 'open a new device'));
    await rejects(device.prepare(program()), fails('device-lost'));
  });

  test('an uncaptured error of the GPU is thrown by the next call, once', async () => {
    const { gpu } = await ownDevice();
    using device = await openWebGpuDevice({ gpu });
    using executable = await device.prepare(program());
    gpu.createBuffer({ size: 16, usage: 0x0001 | 0x0002 }); // MAP_READ with MAP_WRITE is not allowed
    await gpu.queue.onSubmittedWorkDone();
    await rejects(executable.run(image), fails('device-error'));
    assert.is((await executable.run(image)).outputs.size, 1);
    gpu.destroy();
  });

  test('an error of the GPU during a run ends that run alone', async () => {
    const { gpu } = await ownDevice();
    using device = await openWebGpuDevice({ gpu });
    using executable = await device.prepare(program());
    const running = executable.run(image);
    await Promise.resolve(); // the run begins
    gpu.createBuffer({ size: 16, usage: 0x0001 | 0x0002 }); // MAP_READ with MAP_WRITE is not allowed
    await rejects(running, fails('device-error'));
    for (let i = 0; i < 2; i++) assert.is((await executable.run(image)).outputs.size, 1);
    gpu.destroy();
  });

  test('a program that is closed during its run rejects with "closed" and disturbs no other', async () => {
    const { gpu, buffers } = await ownDevice();
    using device = await openWebGpuDevice({ gpu });
    using other = await device.prepare(program());
    const before = buffers();
    for (const how of ['watched', 'unwatched', 'profiled'] as const) {
      const executable = await device.prepare(program());
      const onProgress = how === 'watched' ? () => executable.close() : undefined;
      const running = executable.run(image, { onProgress, profile: how === 'profiled' });
      const [next, elsewhere] = [executable.run(image), other.run(image)];
      await Promise.resolve(); // the run begins
      executable.close();
      await Promise.all([running, next].map((run) => rejects(run, fails('closed'))));
      assert.is((await elsewhere).outputs.size, 1);
      assert.is(buffers(), before, how);
    }
    gpu.destroy();
  });

  test('a device that is closed during a run or a preparation leaves nothing behind', async () => {
    for (const during of ['run', 'prepare'] as const) {
      const { gpu, buffers } = await ownDevice();
      const device = await openWebGpuDevice({ gpu });
      const options = { onProgress: () => device.close() };
      const executable = during === 'run' ? await device.prepare(program()) : undefined;
      await rejects(executable?.run(image, options) ?? device.prepare(program(), options), fails('closed'));
      assert.is(buffers(), 0, during);
      gpu.destroy();
    }
    const own = await openWebGpuDevice();
    const executable = await own.prepare(program());
    await rejects(executable.run(image, { onProgress: () => own.close() }), fails('closed'));
  });

  test('a device that is lost during a preparation is not prepared', async () => {
    for (const at of ['load', 'compile', 'last buffer'] as const) {
      const { gpu, buffers } = await ownDevice();
      using device = await openWebGpuDevice({ gpu });
      const onProgress = ({ phase }: Progress) => phase === at && gpu.destroy();
      const create = gpu.createBuffer.bind(gpu);
      gpu.createBuffer = (descriptor) => {
        const buffer = create(descriptor);
        if (at === 'last buffer' && descriptor.usage & 0x0001) gpu.destroy();
        return buffer;
      };
      await rejects(device.prepare(program(), { onProgress }), fails('device-lost'));
      assert.is(buffers(), 0);
    }
  });

  test('a pipeline that could not be made is tried again', async () => {
    const { gpu } = await ownDevice();
    using device = await openWebGpuDevice({ gpu });
    const create = gpu.createComputePipelineAsync.bind(gpu);
    gpu.createComputePipelineAsync = () => Promise.reject(new Error('the driver has a bad day'));
    await rejects(device.prepare(program()), (error) => (error as Error).message.includes('bad day'));
    gpu.createComputePipelineAsync = create;
    using executable = await device.prepare(program());
    assert.is((await executable.run(image)).outputs.size, 1);
    gpu.destroy();
  });

  test('what can never fit is refused before anything is uploaded or compiled', async () => {
    using device = await openWebGpuDevice({ limits: { maxBufferSize: 26_000 } });
    const phases: string[] = [];
    const onProgress = ({ phase }: Progress) => phases.push(phase);
    using _fits = await device.prepare(program());
    const results = fails('out-of-memory', 'all results', '51200 bytes', '26000');
    await rejects(device.prepare(program({ outputs: 2 }), { onProgress }), results);
    using smaller = await openWebGpuDevice({ limits: { maxBufferSize: 20_000 } });
    await rejects(smaller.prepare(program(), { onProgress }), fails('out-of-memory', '"conv.'));
    assert.equal(phases, []);
  });

  test('an adapter that gives no device is no device, and "auto" goes on without it', async () => {
    const requestDevice = () => Promise.reject(new DOMException('out of handles', 'OperationError'));
    using _none = await otherAdapter(() => ({ requestDevice }));
    await rejects(openWebGpuDevice(), fails('no-device', 'out of handles', 'use the device "wasm"'));
    using device = await openDevice('auto');
    assert.is(device.kind, 'wasm');
    assert.match(device.choice!, /no webgpu: .*out of handles.*chose wasm/);
  });

  test('adapters of older browsers are taken: without info, or with the flag of a software adapter outside it', async () => {
    const { gpu } = await ownDevice();
    Object.defineProperty(gpu, 'adapterInfo', { value: undefined });
    using own = await openWebGpuDevice({ gpu });
    assert.match(own.description, /unknown adapter/);
    using _older = await otherAdapter(() => ({ isFallbackAdapter: true }));
    using device = await openWebGpuDevice();
    assert.ok(device.isFallbackAdapter);
    assert.match(device.description, /unknown adapter.*a software adapter/);
    gpu.destroy();
  });

  test('a GPU is described by vendor, architecture, model and driver, each word once', async () => {
    for (const architecture of ['hopper', '']) {
      const info = { vendor: 'nvidia', architecture, device: 'NVIDIA H100', description: '535.1' };
      using _named = await otherAdapter(() => ({ info }));
      using device = await openWebGpuDevice();
      assert.ok(device.description.startsWith(`webgpu (nvidia ${architecture && `${architecture} `}H100 535.1;`));
      const { description: driver, ...names } = info;
      assert.equal(device.adapter, { ...names, driver });
    }
  });

  test('what does not fit is refused with tensor, bytes and limit', async () => {
    using device = await openWebGpuDevice({ limits: { maxBufferSize: 20_000 } });
    await rejects(device.prepare(program()), fails('out-of-memory', '"conv.', '25600 bytes', '20000'));
  });

  test('weights over the binding limit are read in slabs, in both directions', async () => {
    const w = sourceOf('w', [50, 40], randomNumbers(2000, 3));
    const attributes = { maps: PLAIN, bias: false, epilogue: 'none' } as const;
    const layers = (layout: 'oi' | 'io', batch: number) => {
      const builder = new ProgramBuilder();
      const [outputs, inputs] = layout === 'oi' ? [50, 40] : [40, 50];
      const constant = builder.constant(w);
      const x = builder.input('x', [batch, inputs]);
      builder.output('y', builder.add(dense({ ...attributes, layout }), [x, constant]));
      const s = builder.input('s', [batch, outputs]);
      builder.output('c', builder.add(denseTranspose({ layout, maps: PLAIN, product: true }), [s, constant, x]));
      return builder.build();
    };
    using device = await openWebGpuDevice({ limits: { maxStorageBufferBindingSize: 4000 } });
    using reference = openReferenceDevice();
    for (const layout of ['oi', 'io'] as const) {
      // Each sample on its own, and as a matrix product.
      for (const batch of [3, 12]) {
        const run = async (on: Device) => {
          using executable = await on.prepare(layers(layout, batch));
          const [x, s] = layout === 'oi' ? [40, 50] : [50, 40];
          const given = { x: randomNumbers(batch * x, 4), s: randomNumbers(batch * s, 5) };
          return (await executable.run(new Map(Object.entries(given)))).outputs;
        };
        const [actual, expected] = [await run(device), await run(reference)];
        for (const name of ['y', 'c']) {
          assertRelative(actual.get(name)!.data, expected.get(name)!.data, 1e-5, `${layout} ${name}, batch ${batch}`);
        }
      }
    }
  });

  test('sums down very many rows lose none of them', async () => {
    const [rows, columns] = [400_000, 4];
    const builder = new ProgramBuilder();
    const w = builder.constant(sourceOf('tall', [rows, columns], new Float32Array(rows * columns).fill(1)));
    const x = builder.input('x', [1, rows]);
    const attributes = { layout: 'io', maps: PLAIN, bias: false, epilogue: 'none' } as const;
    builder.output('y', builder.add(dense(attributes), [x, w]));
    using device = await openWebGpuDevice();
    using executable = await device.prepare(builder.build());
    for (const row of [0, 100_000, 300_000, rows - 1]) {
      const one = new Float32Array(rows);
      one[row] = 1;
      const { data } = (await executable.run(new Map([['x', one]]))).outputs.get('y')!;
      assert.equal([...data], [1, 1, 1, 1], `row ${row}`);
    }
  });

  test('wrong inputs are refused before anything runs', async () => {
    using device = await openWebGpuDevice();
    using executable = await device.prepare(program());
    await rejects(executable.run(new Map()), fails('bad-argument', 'input "x"'));
    await rejects(executable.run(new Map([['x', new Float32Array(3)]])), fails('shape-mismatch', '3 numbers'));
    assert.is((await executable.run(image)).outputs.size, 1);
  });

  test('a run can be aborted, watched and profiled', async () => {
    using device = await openWebGpuDevice();
    using executable = await device.prepare(program());
    const controller = new AbortController();
    controller.abort();
    await rejects(
      executable.run(image, { signal: controller.signal }),
      (error) => (error as SalientError).code === 'aborted',
    );
    const phases: string[] = [];
    await executable.run(image, { onProgress: ({ phase }) => phases.push(phase) });
    assert.ok(phases.includes('forward'));
  });

  test('a profile has the time of every step, with timestamp queries and without', async () => {
    const adapter = await (await findGpu()).requestAdapter();
    const clocks = new Set<string>();
    for (const requiredFeatures of [[], ['timestamp-query']] as GPUFeatureName[][]) {
      if (!requiredFeatures.every((feature) => adapter!.features.has(feature))) continue;
      const gpu = await (await (await findGpu()).requestAdapter())!.requestDevice({ requiredFeatures });
      using device = await openWebGpuDevice({ gpu });
      using executable = await device.prepare(program());
      const { profile, outputs } = await executable.run(image, { profile: true });
      const steps = profile!.map(({ layer, operation }) => `${layer} ${operation}`);
      assert.equal(steps, ['conv conv', 'conv activation']);
      assert.is(profile![0]!.flops, 2 * 16 * 8 * 9 * 400);
      for (const { milliseconds, clock } of profile!) {
        assert.ok(milliseconds > 0, `${milliseconds} ms`);
        clocks.add(clock);
      }
      assert.equal(outputs.get('y'), (await executable.run(image)).outputs.get('y'));
      gpu.destroy();
    }
    assert.ok(clocks.has('round trip'));
    assert.is(clocks.has('gpu'), adapter!.features.has('timestamp-query'));
  });
}

test.run();
