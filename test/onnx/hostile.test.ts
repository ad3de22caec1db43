import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { integerConstant } from '../../src/onnx/constants.ts';
import { parseModel } from '../../src/onnx/index.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { readNumbers } from '../../src/tensor/source.ts';
import { ATTACKS } from '../support/hostile-models.ts';
import { assertRefused, integers, onlyNode, parsed } from '../support/onnx.ts';

/**
 * Seconds of processor time, which a busy machine lengthens less than the clock's; the fastest of what these guard
 * against took over three, the others do not end.
 */
const LIMIT = 3;

for (const { name, size, draft, refused } of ATTACKS) {
  test(`${name} (${size}): ${refused ? 'one clear line' : 'opens'}, soon`, async () => {
    const bytes = modelBytes(draft());
    const before = process.cpuUsage();
    if (refused) await assertRefused(parseModel(bytes), ...refused);
    else await parseModel(bytes);
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    assert.ok(seconds < LIMIT, `${seconds} s`);
  });
}

test('the ends of int64, which mean to the last element, do not wrap', () => {
  const ends = integerConstant('ends', [4], [2 ** 63, -(2 ** 63), Number.POSITIVE_INFINITY, -1.5]);
  assert.equal([...readNumbers(ends)], [2 ** 63, -(2 ** 63), 2 ** 63, -1]);
});

test('factors and summands one after the other become one weight, right to the last digit', async () => {
  const graph = await parsed(
    [1, 2],
    [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['a'] },
      { op: 'Add', inputs: ['a', 'p'], outputs: ['b'] },
      { op: 'Mul', inputs: ['b', 'q'], outputs: ['c'] },
      { op: 'Add', inputs: ['c', 'q'], outputs: ['d'] },
      { op: 'Mul', inputs: ['d', 'p'], outputs: ['y'] },
    ],
    [integers('w', [1, 2, 3, 4], [2, 2]), integers('p', [5, 7]), integers('q', [3])],
  );
  const [, weights, bias] = onlyNode(graph, 'Dense').inputs;
  assert.equal([...readNumbers(graph.constants.get(weights!)!)], [15, 42, 45, 84]);
  assert.equal([...readNumbers(graph.constants.get(bias!)!)], [(5 * 3 + 3) * 5, (7 * 3 + 3) * 7]);
});

test.run();
