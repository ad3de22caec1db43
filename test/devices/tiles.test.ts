import { test } from 'uvu';
import { conv } from '../../src/kernels/conv/operation.ts';
import { dense } from '../../src/kernels/dense/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { openWebGpuDevice } from '../../src/tensor/webgpu/device.ts';
import { assertRelative } from '../support/assert.ts';
import { operand, weights, window } from '../support/case-operands.ts';
import { hasWebGpu } from '../support/devices.ts';
import { type Operand, runOperation } from '../support/run-operation.ts';

/** Large enough for the widest tiles, with rows and columns left over. */
function* products(): Generator<readonly [operation: Operation, operands: readonly Operand[]]> {
  const layer = { groups: 1, maps: PLAIN, bias: false, epilogue: 'none' } as const;
  const x = operand([2, 24, 31, 33]);
  for (const outputs of [60, 120]) {
    const w = weights([outputs, 24, 3, 3]);
    const at = window([3, 3], [1, 1], [1, 1, 1, 1]);
    for (const algorithm of ['direct', 'winograd'] as const) {
      yield [conv({ ...layer, window: at, algorithm }), [x, w]];
    }
  }
  const attributes = { layout: 'oi', maps: PLAIN, bias: false, epilogue: 'none' } as const;
  yield [dense(attributes), [operand([70, 300]), weights([140, 300])]];
}

if (await hasWebGpu()) {
  for (const software of [false, true]) {
    test(`the tiles for ${software ? 'processors that play a GPU' : 'hardware'} give what reference gives`, async () => {
      using device = await openWebGpuDevice({ limits: { software } });
      const reference = openReferenceDevice();
      for (const [operation, operands] of products()) {
        const [actual] = await runOperation(device, operation, operands);
        const [expected] = await runOperation(reference, operation, operands);
        assertRelative(actual!.data, expected!.data, 1e-5);
      }
    });
  }
}

test.run();
