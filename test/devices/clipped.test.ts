import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActivationAttributes, activation } from '../../src/kernels/activation/operation.ts';
import { conv } from '../../src/kernels/conv/operation.ts';
import { add, affine, multiply } from '../../src/kernels/elementwise/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { type Program, ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { planProgram } from '../../src/tensor/wasm/plan.ts';
import { assertRelative } from '../support/assert.ts';
import { window } from '../support/case-operands.ts';
import { comparedDevices } from '../support/devices.ts';
import { randomNumbers } from '../support/random.ts';

const RELU: ActivationAttributes = { kind: 'relu' };
const RELU6: ActivationAttributes = { kind: 'clip', min: 0, max: 0.7 };
const BOTH_WAYS: ActivationAttributes = { kind: 'clip', min: -0.4, max: 0.7 };

/** [N,C,H,W], of odd extents. */
const IMAGE = [2, 6, 9, 11];

const SAME = window([3, 3], [1, 1], [1, 1, 1, 1]);
const layer = (groups: number, more: object = {}): Operation =>
  conv({ window: SAME, groups, maps: PLAIN, bias: true, epilogue: 'none', ...more });

interface Joint {
  readonly title: string;
  readonly operation: Operation;
  readonly constants?: readonly Shape[];
  /** Computed operands; default 1. */
  readonly images?: readonly Shape[];
}

const LAYERS: readonly Joint[] = [
  { title: 'conv', operation: layer(1), constants: [[5, 6, 3, 3], [5]] },
  { title: 'conv by Winograd', operation: layer(1, { algorithm: 'winograd' }), constants: [[5, 6, 3, 3], [5]] },
  { title: 'depthwise conv', operation: layer(6), constants: [[6, 1, 3, 3], [6]] },
  { title: '1×1 conv', operation: layer(1, { window: window([1, 1]) }), constants: [[5, 6, 1, 1], [5]] },
];
const SUMS: readonly Joint[] = [
  { title: 'affine', operation: affine(), constants: [[6], [6]] },
  { title: 'add', operation: add(), images: [IMAGE, IMAGE] },
];
const APART: readonly Joint[] = [
  { title: 'add, broadcast', operation: add(), images: [IMAGE, [6, 1, 1]] },
  { title: 'add of three', operation: add(), images: [IMAGE, IMAGE, IMAGE] },
  { title: 'multiply', operation: multiply(), images: [IMAGE, IMAGE] },
  { title: 'conv with its ReLU', operation: layer(1, { epilogue: 'relu' }), constants: [[5, 6, 3, 3], [5]] },
];

/** An operation and the activation that reads it, then another activation; `keep`: the first result is read, too. */
function programOf({ operation, constants = [], images = [IMAGE] }: Joint, kind: ActivationAttributes, keep = false) {
  const builder = new ProgramBuilder();
  const x = images.map((shape, index) => builder.input(`x${index}`, shape));
  const w = constants.map((shape, index) => {
    return builder.constant(sourceOf(`w${index}`, shape, Float32Array.from(randomNumbers(elementCount(shape), index))));
  });
  const z = builder.add(operation, [...x, ...w]);
  const y = builder.add(activation(kind), [z]);
  if (keep) builder.output('z', z);
  builder.output('y', builder.add(activation({ kind: 'abs' }), [y]));
  return builder.build();
}

function given(program: Program): Map<string, Float32Array> {
  const numbers = (id: number, seed: number) =>
    Float32Array.from(randomNumbers(elementCount(program.buffers[id]!.shape), seed));
  return new Map([...program.inputs].map(([name, id], index) => [name, numbers(id, 7 + index)]));
}

/** Whether the program's activation is computed with the step before it. */
const isJoined = (program: Program) => planProgram(program).steps[1]!.tasks.length === 0;

for (const { name, open } of await comparedDevices()) {
  test(`results and their activation on ${name} equal reference, together or apart`, async () => {
    using device = await open();
    using reference = openReferenceDevice();
    for (const joint of [...LAYERS, ...SUMS, ...APART]) {
      for (const kind of [RELU, RELU6, BOTH_WAYS]) {
        for (const keep of [false, true]) {
          const program = programOf(joint, kind, keep);
          const expected = (await (await reference.prepare(program)).run(given(program))).outputs;
          const { outputs } = await (await device.prepare(program)).run(given(program));
          for (const [output, { data }] of expected) {
            assertRelative(outputs.get(output)!.data, data, 1e-5, `${joint.title}, ${kind.kind}: ${output}`);
          }
        }
      }
    }
  });
}

test('wasm computes a layer with the activation that alone reads it', () => {
  for (const joint of LAYERS) {
    assert.ok(isJoined(programOf(joint, RELU)) && isJoined(programOf(joint, RELU6)), joint.title);
    assert.not(isJoined(programOf(joint, BOTH_WAYS)), joint.title);
  }
  for (const joint of SUMS) assert.ok(isJoined(programOf(joint, BOTH_WAYS)), joint.title);
  for (const joint of [...LAYERS, ...SUMS]) assert.not(isJoined(programOf(joint, RELU, true)), `${joint.title}, kept`);
  for (const joint of APART) assert.not(isJoined(programOf(joint, RELU)), joint.title);
  for (const joint of SUMS) assert.not(isJoined(programOf(joint, { kind: 'tanh' })), joint.title);
});

test.run();
