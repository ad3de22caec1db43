import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { activation } from '../../src/kernels/activation/operation.ts';
import { conv } from '../../src/kernels/conv/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import { softmax } from '../../src/kernels/softmax/operation.ts';
import type { Explanation } from '../../src/model/explanation.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { elementCount } from '../../src/tensor/tensor.ts';
import { PACKED_BINARIES } from '../../src/tensor/wasm/binary.generated.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { unpackBinaries } from '../../src/tensor/wasm/instance.ts';
import { layOut } from '../../src/tensor/wasm/layout.ts';
import { WasmMemory } from '../../src/tensor/wasm/memory.ts';
import type { Window } from '../../src/tensor/window.ts';
import { goldenFolder, repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { runOperation } from '../support/run-operation.ts';

/** leaky ReLU, softmax, clip on [2,50000], with a step on a constant alone. */
function exampleProgram() {
  const builder = new ProgramBuilder();
  const x = builder.input('x', [2, 50_000]);
  const leaky = builder.add(activation({ kind: 'leaky-relu', alpha: 0.5 }), [x]);
  builder.output('y', builder.add(activation({ kind: 'clip', min: -1, max: 1 }), [leaky]));
  builder.output('p', builder.add(softmax({ axis: 1 }), [leaky]));
  const constant = builder.constant(sourceOf('c', [3], Float32Array.of(-1, 0, 2)));
  builder.output('c', builder.add(activation({ kind: 'relu' }), [constant]));
  return builder.build();
}

const x = Float32Array.from({ length: 100_000 }, (_, i) => Math.sin(i) * 3);

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

test('the embedded binary is built from the sources as they are, and small', async () => {
  const { status, stderr } = spawnSync(process.execPath, [join(repositoryRoot, 'wasm', 'build.js'), '--check']);
  assert.is(status, 0, String(stderr));
  const { plain, relaxed } = await unpackBinaries();
  const bytes = plain.length + relaxed.length;
  assert.ok(bytes <= 72 * 1024, `the binaries have ${bytes} bytes`);
  assert.ok(PACKED_BINARIES.length <= 24 * 1024, `packed, they have ${PACKED_BINARIES.length} characters`);
});

test('a program gives what the reference gives, on one thread and on two', async () => {
  const program = exampleProgram();
  using reference = openReferenceDevice();
  const expected = (await (await reference.prepare(program)).run(new Map([['x', x]]))).outputs;
  for (const threads of [1, 2]) {
    using device = await openWasmDevice({ threads });
    assert.match(device.description, new RegExp(`${threads} thread`));
    const executable = await device.prepare(program);
    for (let run = 0; run < 2; run++) {
      const { outputs } = await executable.run(new Map([['x', x]]));
      for (const [name, { data }] of expected) {
        const got = outputs.get(name)!.data;
        for (let i = 0; i < data.length; i++) assert.ok(Math.abs(got[i]! - data[i]!) <= 1e-6, `${name}[${i}]`);
      }
    }
    const { profile } = await executable.run(new Map([['x', x]]), { profile: true });
    assert.equal(profile!.map((step) => step.operation).sort(), ['activation', 'activation', 'softmax']);
  }
});

test('runs that are started together follow one another', async () => {
  using device = await openWasmDevice({ threads: 2 });
  const executable = await device.prepare(exampleProgram());
  const other = x.map((value) => value / 2);
  const [first, second] = await Promise.all([
    executable.run(new Map([['x', x]])),
    executable.run(new Map([['x', other]])),
  ]);
  assert.is(first.outputs.get('y')!.data[1], Math.min(1, x[1]!));
  assert.is(second.outputs.get('y')!.data[3], Math.fround(x[3]! / 2));
});

function assertAborted(error: unknown, reason: Error): void {
  assert.instance(error, SalientError);
  assert.is((error as SalientError).code, 'aborted');
  assert.is((error as SalientError).cause, reason);
}

test('a run whose signal is aborted ends with code aborted and the reason, and the next run is whole', async () => {
  for (const threads of [1, 2]) {
    using device = await openWasmDevice({ threads });
    const executable = await device.prepare(exampleProgram());
    const reason = new Error('enough');
    const aborted = executable.run(new Map([['x', x]]), { signal: AbortSignal.abort(reason) });
    assertAborted(await rejection(aborted), reason);
    const { outputs } = await executable.run(new Map([['x', x]]));
    assert.is(outputs.get('y')!.data[1], Math.min(1, x[1]!));
  }
});

test('an explanation has the same bits on one, two and three threads', async () => {
  const input = readNpy(await readFile(`${goldenFolder}mini-vgg-bn.input.npy`));
  const results: Explanation[] = [];
  for (const threads of [1, 2, 3]) {
    using device = await openWasmDevice({ threads });
    using model = await loadModel(device, `${goldenFolder}mini-vgg-bn.onnx`);
    results.push((await model.explainBatch([input], { composite: 'epsilon-gamma-box' }))[0]!);
  }
  for (const { relevance, salient, logits } of results) {
    assert.equal(logits.data, results[0]!.logits.data);
    assert.equal(relevance.data, results[0]!.relevance.data);
    assert.equal(salient!.data, results[0]!.salient!.data);
  }
});

test("an image has the same bits by Winograd's algorithm on one, two and three threads, and in a batch", async () => {
  // So many tiles of 64 channels that each thread transforms its own.
  const image = randomNumbers(64 * 97 * 98, 1);
  const batch = Float32Array.from([...randomNumbers(image.length, 2), ...image]);
  const weights = { shape: [8, 64, 3, 3], data: randomNumbers(8 * 64 * 9, 3), constant: true };
  const window: Window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };
  const shape = { window, groups: 1, maps: PLAIN, bias: false, epilogue: 'none', algorithm: 'winograd' } as const;
  const results: Float32Array[] = [];
  for (const threads of [1, 2, 3]) {
    using device = await openWasmDevice({ threads });
    const [alone] = await runOperation(device, conv(shape), [{ shape: [1, 64, 97, 98], data: image }, weights]);
    const [both] = await runOperation(device, conv(shape), [{ shape: [2, 64, 97, 98], data: batch }, weights]);
    results.push(Float32Array.from(alone!.data), Float32Array.from(both!.data.subarray(alone!.data.length)));
  }
  for (const result of results) assert.equal(Buffer.compare(bytesOf(result), bytesOf(results[0]!)), 0);
});

const bytesOf = ({ buffer }: Float32Array) => new Uint8Array(buffer);

/** Forty 3×3 convolutions of 64 channels at 112×112: seconds of work, so that a signal comes in its midst. */
function longProgram() {
  const builder = new ProgramBuilder();
  const shape = [64, 64, 3, 3];
  const data = Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i) / 24);
  const weights = builder.constant(sourceOf('w', shape, data));
  const window: Window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };
  let value = builder.input('x', [1, 64, 112, 112]);
  for (let layer = 0; layer < 40; layer++) {
    value = builder.add(conv({ window, groups: 1, maps: PLAIN, bias: false, epilogue: 'relu' }), [value, weights]);
  }
  builder.output('y', value);
  return builder.build();
}

test('a signal ends a run in its midst, on the calling thread and on others', async () => {
  const given = new Map([['x', Float32Array.from({ length: 64 * 112 * 112 }, (_, i) => Math.cos(i))]]);
  for (const threads of [1, 2]) {
    using device = await openWasmDevice({ threads });
    const executable = await device.prepare(longProgram());
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 20);
    assertAborted(await rejection(executable.run(given, { signal: controller.signal })), reason);
    const phases: string[] = [];
    const { outputs } = await executable.run(given, { onProgress: ({ phase }) => phases.push(phase) });
    assert.ok(outputs.get('y')!.data.every(Number.isFinite));
    assert.ok(phases.includes('forward'));
  }
});

test('memory that is freed is used again', () => {
  const memory = new WasmMemory();
  const before = memory.memory.buffer.byteLength;
  const [a, b, c] = [memory.allocate(100), memory.allocate(5000), memory.allocate(70_000)];
  assert.ok(new Set([a, b, c]).size === 3 && [a, b, c].every((address) => address % 64 === 0));
  memory.free(b);
  memory.free(a);
  assert.is(memory.allocate(5100), a, 'neighbours join');
  memory.free(c);
  memory.free(a);
  memory.free(a);
  assert.is(memory.allocate(80_000), a);
  assert.ok(memory.memory.buffer.byteLength > before);
});

test('a program gives its memory back when it is closed', async () => {
  using device = await openWasmDevice({ threads: 1 });
  const first = await device.prepare(longProgram());
  const { bytes } = first;
  first.close();
  for (let i = 0; i < 300; i++) {
    using executable = await device.prepare(longProgram());
    assert.is(executable.bytes, bytes);
  }
});

test('blocks that live at the same time never overlap', () => {
  const random = randomNumbers(300, 1);
  const number = (i: number, below: number) => Math.floor(((random[i]! + 1) / 2) * below);
  const blocks = Array.from({ length: 100 }, (_, i) => {
    const first = number(3 * i, 50);
    return { bytes: number(3 * i + 1, 10_000), first, last: first + number(3 * i + 2, 10) };
  });
  const { offsets, bytes } = layOut(blocks);
  for (const [i, a] of blocks.entries()) {
    assert.ok(offsets[i]! % 64 === 0 && offsets[i]! + a.bytes <= bytes);
    for (const [j, b] of blocks.entries()) {
      if (i === j || a.first > b.last || b.first > a.last) continue;
      const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
      assert.ok(apart, `${i} and ${j}`);
    }
  }
});

test('what is closed says so', async () => {
  const device = await openWasmDevice({ threads: 2 });
  const first = await device.prepare(exampleProgram());
  const second = await device.prepare(exampleProgram());
  first.close();
  first.close();
  const closed = (error: unknown) => error instanceof SalientError && error.code === 'closed';
  assert.ok(closed(await rejection(first.run(new Map([['x', x]])))));
  const running = rejection(second.run(new Map([['x', x]])));
  device.close();
  device.close();
  assert.ok(closed(await running), 'a run under way ends');
  assert.ok(closed(await rejection(second.run(new Map([['x', x]])))));
  assert.ok(closed(await rejection(device.prepare(exampleProgram()))));
});

test('what is closed in the midst of a run or a preparation ends with "closed"', async () => {
  const closed = (error: unknown) => error instanceof SalientError && error.code === 'closed';
  const given = new Map([['x', x]]);
  for (const threads of [1, 2]) {
    const device = await openWasmDevice({ threads });
    const [executable, other] = [await device.prepare(exampleProgram()), await device.prepare(exampleProgram())];
    const running = rejection(executable.run(given, { onProgress: () => executable.close() }));
    const { outputs } = await other.run(given);
    assert.ok(closed(await running));
    assert.is(outputs.get('y')!.data[1], Math.min(1, x[1]!));
    assert.ok(closed(await rejection(other.run(given, { onProgress: () => device.close() }))));
    const opened = await openWasmDevice({ threads });
    assert.ok(closed(await rejection(opened.prepare(longProgram(), { onProgress: () => opened.close() }))));
  }
});

test('bad input is refused', async () => {
  using device = await openWasmDevice({ threads: 1 });
  const executable = await device.prepare(exampleProgram());
  const error = await rejection(executable.run(new Map([['x', new Float32Array(3)]])));
  assert.ok(error instanceof SalientError && error.code === 'shape-mismatch');
  const bad = await rejection(openWasmDevice({ threads: 0 }));
  assert.ok(bad instanceof SalientError && bad.code === 'bad-argument');
});

test('a closed device holds no memory, even where its program is kept', () => {
  const at = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const code = `import { activation } from ${at('kernels/activation/operation.js')};
    import { ProgramBuilder } from ${at('tensor/program.js')};
    import { openWasmDevice } from ${at('tensor/wasm/device.js')};
    const count = 2 ** 25;
    const builder = new ProgramBuilder();
    builder.output('y', builder.add(activation({ kind: 'relu' }), [builder.input('x', [1, count])]));
    const device = await openWasmDevice({ threads: 2 });
    const executable = await device.prepare(builder.build());
    await executable.run(new Map([['x', new Float32Array(count)]]));
    gc();
    const open = process.memoryUsage().rss;
    device.close();
    for (let i = 0; i < 20; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 50)); }
    console.log(Math.round((open - process.memoryUsage().rss) / 2 ** 20), executable.bytes);`;
  const args = ['--expose-gc', '--input-type=module', '-e', code];
  const { status, stdout } = spawnSync(process.execPath, args, { timeout: 60_000 });
  assert.is(status, 0);
  const [returned] = String(stdout).split(' ').map(Number);
  assert.ok(returned! > 200, `${returned} MB of 256 MB came back`);
});

test('a process that leaves a device open ends by itself', () => {
  const module = new URL('../../src/tensor/wasm/device.js', import.meta.url);
  const code = `import { openWasmDevice } from ${JSON.stringify(module.href)};
    const device = await openWasmDevice({ threads: 2 });
    console.log(device.kind);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 30_000 });
  assert.is(status, 0);
  assert.is(String(stdout).trim(), 'wasm');
});

test.run();
