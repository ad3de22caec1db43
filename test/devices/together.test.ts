import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConvAttributes, conv } from '../../src/kernels/conv/operation.ts';
import type { Quotient } from '../../src/kernels/quotient/operation.ts';
import { NEGATIVE, PLAIN, POSITIVE, type WeightMaps } from '../../src/kernels/shared/maps.ts';
import type { Device } from '../../src/tensor/device.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { type BufferId, type Program, ProgramBuilder } from '../../src/tensor/program.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { planProgram } from '../../src/tensor/webgpu/planner.ts';
import { workDone } from '../../src/tensor/webgpu/profile.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { DEFAULT_LIMITS } from '../support/limits.ts';
import { randomNumbers } from '../support/random.ts';

const QUOTIENT: Quotient = { scales: [1], stabilizer: { kind: 'absolute', epsilon: 1e-2 } };

/** A layer's forward pass and, later, a rule's quotient on the same input. */
interface Pair {
  readonly title: string;
  /** Batch, input channels, output channels, side of the image. */
  readonly size: readonly [number, number, number, number];
  readonly kernel?: number;
  readonly groups?: number;
  readonly maps?: WeightMaps;
  readonly quotient?: Quotient;
  readonly biases?: readonly [boolean, boolean];
  readonly algorithm?: ConvAttributes['algorithm'];
}

const DEEP: Pair = { title: '3×3, long sums', size: [1, 72, 24, 11] };
const ALPHA_BETA: Pair = {
  ...DEEP,
  title: 'alpha-beta',
  maps: [[POSITIVE], [NEGATIVE]],
  quotient: { ...QUOTIENT, scales: [2, -1] },
};

/** Pairs that are computed together. */
const JOINED: readonly Pair[] = [
  DEEP,
  ALPHA_BETA,
  { ...ALPHA_BETA, title: 'alpha-beta in two groups, batch 3', size: [3, 140, 12, 6], groups: 2 },
  { ...DEEP, title: 'a bias in the forward pass alone', biases: [true, false] },
  { ...DEEP, title: 'a bias in the rule alone', biases: [false, true] },
  {
    ...DEEP,
    title: 'a norm of the whole output',
    quotient: { scales: [1], stabilizer: { kind: 'relative', epsilon: 0.1 } },
  },
  { title: '1×1, batch 2', size: [2, 600, 40, 7], kernel: 1 },
];

/** Pairs each of which is better computed on its own. */
const APART: readonly Pair[] = [
  { title: 'short sums', size: [1, 8, 24, 11] },
  { title: 'a large image', size: [1, 72, 24, 76] },
  { ...DEEP, title: "Winograd's algorithm", algorithm: 'winograd' },
  { ...DEEP, title: "Winograd's algorithm for the rule alone", size: [1, 96, 32, 56] },
];

function programOf({ size, kernel = 3, groups = 1, maps = [[POSITIVE]], ...pair }: Pair): Program {
  const [batch, channels, outputs, side] = size;
  const { quotient = QUOTIENT, biases = [true, true], algorithm } = pair;
  const pad = (kernel - 1) / 2;
  const window = { kernel: [kernel, kernel], strides: [1, 1], dilations: [1, 1], pads: [pad, pad, pad, pad] } as const;
  const builder = new ProgramBuilder();
  const x = builder.input('x', [batch, channels, side, side]);
  const r = builder.input('r', [batch, outputs, side, side]);
  const constant = (name: string, shape: readonly number[], seed: number) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return builder.constant(sourceOf(name, shape, randomNumbers(count, seed)));
  };
  const weights = constant('w', [outputs, channels / groups, kernel, kernel], 1);
  const bias = constant('b', [outputs], 2);
  const layer = (maps: WeightMaps, hasBias: boolean, epilogue: ConvAttributes['epilogue'], last: readonly number[]) => {
    const input = maps[0]!.length === 1 ? x : builder.input('parts', [batch, 2 * channels, side, side]);
    const operation = conv({ window, groups, maps, bias: hasBias, epilogue, algorithm });
    return builder.add(operation, [input, weights, ...(hasBias ? [bias] : []), ...last]);
  };
  builder.output('z', layer(PLAIN, biases[0], 'relu', []));
  builder.output('s', layer(maps, biases[1], quotient, [r]));
  return builder.build();
}

async function run(device: Device, program: Program) {
  const given = new Map(
    [...program.inputs].map(([name, id], seed) => {
      const count = program.buffers[id]!.shape.reduce((product, extent) => product * extent, 1);
      return [name, randomNumbers(count, seed).map(Math.abs)] as const;
    }),
  );
  using executable = await device.prepare(program);
  return (await executable.run(given)).outputs;
}

test('on a GPU, z and z⁺ of long sums are one product; others are two', () => {
  for (const [pairs, products] of [
    [JOINED, [1, 0]],
    [APART, [1, 1]],
  ] as const) {
    for (const pair of pairs) {
      const { dispatches, joined } = planProgram(programOf(pair), DEFAULT_LIMITS);
      const isProduct = /^(conv|conv-narrow|winograd-product)$/;
      const count = [0, 1].map(
        (step) =>
          dispatches.filter((dispatch) => dispatch.step === step && isProduct.test(dispatch.shader.name)).length,
      );
      assert.equal(count, products, pair.title);
      assert.is(joined.size, pairs === JOINED ? 1 : 0, pair.title);
    }
  }
});

test("a profile counts a joined pair's arithmetic where it is done, and all bytes that are moved once", () => {
  const program = programOf(ALPHA_BETA);
  const [batch, channels, outputs, side] = ALPHA_BETA.size;
  const [x, z, w] = [batch * channels * side ** 2, batch * outputs * side ** 2, outputs * channels * 9];
  const { joined } = planProgram(program, DEFAULT_LIMITS);
  const work = [0, 1].map((step) => workDone(program, joined, step));
  assert.equal(work[0], { flops: 3 * 2 * z * channels * 9, bytes: 4 * (x + w + outputs + 3 * z) });
  assert.equal(work[1], { flops: 0, bytes: 4 * (outputs + z + 4 * z) });
  const apart = [0, 1].map((step) => workDone(program, new Map(), step));
  assert.is(apart[0]!.flops + apart[1]!.flops, work[0]!.flops);
});

const WINDOW = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;

/** Steps on inputs x and y [1,72,5,5] and weights v and w [24,72,3,3], each given by a function; returns the program. */
function programWith(
  add: (step: (operation: Operation, x: 'x' | 'y', w: 'v' | 'w', last?: readonly BufferId[]) => BufferId) => BufferId[],
): Program {
  const builder = new ProgramBuilder();
  const inputs = { x: builder.input('x', [1, 72, 5, 5]), y: builder.input('y', [1, 72, 5, 5]) };
  const weights = (name: string, seed: number) =>
    builder.constant(sourceOf(name, [24, 72, 3, 3], randomNumbers(24 * 72 * 9, seed)));
  const constants = { v: weights('v', 1), w: weights('w', 2) };
  const outputs = add((operation, x, w, last = []) => builder.add(operation, [inputs[x], constants[w], ...last]));
  for (const [index, id] of outputs.entries()) builder.output(`${index}`, id);
  return builder.build();
}

const plain = (attributes: Partial<ConvAttributes> = {}) =>
  conv({ window: WINDOW, groups: 1, maps: PLAIN, bias: false, epilogue: 'none', ...attributes });

/** Programs, and which steps are computed with which later one. */
const PROGRAMS: readonly (readonly [string, Program, readonly (readonly [number, number])[]])[] = [
  ['other inputs', programWith((step) => [step(plain(), 'x', 'w'), step(plain(), 'y', 'w')]), []],
  ['other weights', programWith((step) => [step(plain(), 'x', 'v'), step(plain(), 'x', 'w')]), []],
  [
    'other pads',
    programWith((step) => {
      const narrow = plain({ window: { ...WINDOW, pads: [0, 0, 0, 0] } });
      return [step(plain(), 'x', 'w'), step(narrow, 'x', 'w')];
    }),
    [],
  ],
  [
    'direct sums and others',
    programWith((step) => [step(plain(), 'x', 'w'), step(plain({ algorithm: 'direct' }), 'x', 'w')]),
    [],
  ],
  [
    'two parts first, and a third step',
    programWith((step) => [
      step(plain({ maps: [[POSITIVE], [NEGATIVE]] }), 'x', 'w'),
      step(plain({ epilogue: 'relu' }), 'x', 'w'),
      step(plain({ maps: [[POSITIVE]] }), 'x', 'w'),
    ]),
    [[0, 1]],
  ],
  [
    'a quotient whose R comes from the first of both',
    programWith((step) => {
      const z = step(plain({ epilogue: 'relu' }), 'x', 'w');
      return [z, step(plain({ maps: [[POSITIVE]], epilogue: QUOTIENT }), 'x', 'w', [z])];
    }),
    [[0, 1]],
  ],
];

for (const { name, open } of await comparedDevices()) {
  test(`two convolutions of one input on ${name} equal reference, together or apart`, async () => {
    using device = await open();
    using reference = openReferenceDevice();
    const compare = async (title: string, program: Program) => {
      const expected = await run(reference, program);
      const actual = await run(device, program);
      for (const [output, { data }] of expected) {
        assertRelative(actual.get(output)!.data, data, 1e-5, `${title}: ${output}`);
      }
    };
    for (const pair of [...JOINED, ...APART]) {
      await compare(pair.title, programOf(pair));
    }
    for (const [title, program] of PROGRAMS) await compare(title, program);
  });
}

test('only convolutions of one input by the same weights are joined, in twos', () => {
  for (const [title, program, pairs] of PROGRAMS) {
    assert.equal([...planProgram(program, DEFAULT_LIMITS).joined], pairs, title);
  }
});

test('weights that fit one buffer apart, but not together, stay apart', () => {
  const program = programOf(DEEP);
  const apart = 4 * 72 * 9 * 32;
  const limits = { ...DEFAULT_LIMITS, maxStorageBufferBindingSize: 1.5 * apart };
  assert.is(planProgram(program, limits).joined.size, 0);
  for (const { elements } of planProgram(program, limits).resources) assert.ok(4 * elements <= 1.5 * apart);
});

test.run();
