import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { type BenchmarkOptions, benchmark } from '../../src/measure/benchmark.ts';
import type { Device, Executable } from '../../src/tensor/device.ts';

const OPTIONS: BenchmarkOptions = { models: ['alexnet'], composites: ['epsilon-plus'], batches: [1], rounds: 1 };

/** A device that runs nothing: its peaks can be measured `peaks` times, and networks are more than it can do. */
function fakeDevice(peaks: number): Device {
  let left = 2 * peaks;
  const close = () => undefined;
  return {
    kind: 'wasm',
    description: 'fake',
    async prepare(program): Promise<Executable> {
      if (!program.inputs.has('seed') || left-- <= 0) throw new RangeError('Invalid typed array length: 1');
      const profile = program.steps.map(({ operation: { name: operation }, layer, phase }) => {
        return { operation, layer, phase, milliseconds: 30, clock: 'gpu', flops: 0, bytes: 0 } as const;
      });
      const run = async () => ({ outputs: new Map(), profile });
      return { program, placement: [], bytes: 0, run, close, [Symbol.dispose]: close };
    },
    close,
    [Symbol.dispose]: close,
  };
}

test('an unexpected error is the failure of its stage, and the others go on', async () => {
  const { stages, allPeaks } = await benchmark(fakeDevice(1), OPTIONS);
  assert.equal(
    stages.map(({ stage, failure }) => [stage, failure]),
    [
      ['load', undefined],
      ...['forward', 'SR', 'SR', 'end to end'].map((stage) => [
        stage,
        'unexpected error: RangeError: Invalid typed array length: 1',
      ]),
    ],
  );
  assert.is(allPeaks.length, 1);
});

test('an aborted benchmark returns what it has, and throws where that is nothing', async () => {
  const abortedAt = (what: RegExp) => {
    const controller = new AbortController();
    const onStage = (stage: string) => {
      if (what.test(stage)) controller.abort(new SalientError('aborted', 'enough'));
    };
    return benchmark(fakeDevice(2), { ...OPTIONS, signal: controller.signal, onStage });
  };
  const { interrupted, stages } = await abortedAt(/SR sum/);
  assert.is(interrupted, true);
  assert.equal(
    stages.map(({ stage }) => stage),
    ['load', 'forward'],
  );
  await abortedAt(/load/).then(
    () => assert.unreachable(),
    ({ message }: Error) => assert.is(message, 'enough'),
  );
});

test.run();
