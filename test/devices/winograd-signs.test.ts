import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conv } from '../../src/kernels/conv/operation.ts';
import { relevanceProgram } from '../../src/measure/workload.ts';
import { parseModel } from '../../src/onnx/index.ts';
import { ALPHA_BETA, operand, POSITIVE_PARTS, window } from '../support/case-operands.ts';
import { comparedDevices } from '../support/devices.ts';
import { repositoryRoot } from '../support/paths.ts';
import { runOperation } from '../support/run-operation.ts';

const SIDE = 40;

/** Activations [1, parts·4, 40, 40], of two parts [a⁺; a⁻], in single spots, so that many a window holds zeros alone. */
function spots(parts: number) {
  const { shape, data } = operand([1, 4 * parts, SIDE, SIDE]);
  for (let i = 0; i < data.length; i++) {
    const [y, x] = [Math.floor(i / SIDE) % SIDE, i % SIDE];
    const sign = i < data.length / parts ? 1 : -1;
    data[i] = y % 5 === 0 && x % 5 === 0 ? sign * Math.abs(data[i]!) : 0;
  }
  return { shape, data };
}

test('rules for a⁺ and a⁻ say so to the convolutions that they compute', async () => {
  const graph = await parseModel(readFileSync(`${repositoryRoot}models/scenes-vgg.onnx`), { batch: 1 });
  for (const [composite, all] of [
    ['epsilon-plus', true],
    ['epsilon-alpha2-beta1', true],
    ['epsilon-gamma-box', false],
  ] as const) {
    const { steps } = relevanceProgram(graph, composite);
    const own = steps.filter(({ phase, operation }) => phase === 'relevance' && operation.name === 'conv');
    assert.ok(own.length > 0);
    assert.is(
      own.every(({ operation }) => (operation.attributes as { signed?: boolean }).signed === true),
      all,
      composite,
    );
  }
});

for (const { name, open } of await comparedDevices()) {
  for (const [title, maps, parts] of [
    ['z⁺', POSITIVE_PARTS, 1],
    ['z⁺ and z⁻', ALPHA_BETA, 2],
  ] as const) {
    test(`no sum of ${title} has the wrong sign by Winograd's algorithm on ${name}, also where all its terms are 0`, async () => {
      using device = await open();
      const operation = conv({
        window: window([3, 3], [1, 1], [1, 1, 1, 1]),
        groups: 1,
        maps,
        bias: false,
        epilogue: 'none',
        signed: true,
        algorithm: 'winograd',
      });
      const weights = operand([8, 4, 3, 3], { constant: true });
      const [z] = await runOperation(device, operation, [spots(parts), weights]);
      const half = z!.data.length / maps.length;
      assert.ok(z!.data.slice(0, half).every((value) => value >= 0));
      assert.ok(maps.length === 1 || z!.data.slice(half).every((value) => value <= 0));
      assert.ok(z!.data.some((value) => value !== 0));
    });
  }
}

test.run();
