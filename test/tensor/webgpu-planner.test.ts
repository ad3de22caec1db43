import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { explainProgram } from '../../src/explain/explain-program.ts';
import { activation } from '../../src/kernels/activation/operation.ts';
import { concat } from '../../src/kernels/arrange/operation.ts';
import { conv, convTranspose } from '../../src/kernels/conv/operation.ts';
import { dense } from '../../src/kernels/dense/operation.ts';
import { add } from '../../src/kernels/elementwise/operation.ts';
import { statistics } from '../../src/kernels/ledger/operation.ts';
import { queriesAtOnce } from '../../src/kernels/patch-saliency/webgpu.ts';
import { PLAIN, POSITIVE } from '../../src/kernels/shared/maps.ts';
import {
  chooseProductTile,
  chooseSplits,
  chooseTile,
  invocations,
  isNarrow,
} from '../../src/kernels/shared/webgpu-tiles.ts';
import { composite } from '../../src/lrp/composite.ts';
import { parseModel } from '../../src/onnx/index.ts';
import { syntheticModel } from '../../src/onnx/synthetic.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { planArena, planProgram, slabRows } from '../../src/tensor/webgpu/planner.ts';
import { flatWorkgroups } from '../../src/tensor/webgpu/step.ts';
import { DEFAULT_LIMITS } from '../support/limits.ts';

test('resources whose lives meet never share a slot of the arena; others do', () => {
  const builder = new ProgramBuilder();
  const input = builder.input('x', [64]);
  let last = input;
  let sum = input;
  for (let i = 0; i < 8; i++) {
    last = builder.add(activation({ kind: 'relu' }), [last]);
    if (i % 3 === 0) sum = builder.add(add(), [sum, last]);
  }
  builder.output('last', last);
  builder.output('sum', sum);
  const plan = planProgram(builder.build(), DEFAULT_LIMITS);
  const kept = new Set([last, sum].map((id) => plan.storage.get(id)!));
  const { slots, slotOf } = planArena(plan, [plan.storage.get(input)!], kept);
  assert.ok(slots.length < slotOf.size, `${slots.length} slots for ${slotOf.size} resources`);
  const tenants = new Map<number, number>([[slotOf.get(plan.storage.get(input)!)!, plan.storage.get(input)!]]);
  const lastUse = new Map<number, number>();
  for (const [i, { pieces }] of plan.dispatches.entries()) for (const { resource } of pieces) lastUse.set(resource, i);
  for (const [index, { pieces, shader }] of plan.dispatches.entries()) {
    for (const [i, { resource }] of pieces.entries()) {
      const slot = slotOf.get(resource);
      if (slot === undefined) continue;
      const tenant = tenants.get(slot);
      if (shader.bindings[i]!.access === 'read_write' && tenant !== resource) {
        const over = tenant === undefined || (lastUse.get(tenant)! < index && !kept.has(tenant));
        assert.ok(over, `slot ${slot} is taken while its tenant lives`);
        tenants.set(slot, resource);
      }
      assert.is(tenants.get(slot), resource, 'what is read is still there');
    }
  }
});

test('a constant over the binding limit lies in slabs of whole rows', () => {
  const resource = {
    name: 'w',
    rows: 10,
    elements: 1000,
    fixed: true,
    source: sourceOf('w', [10, 100], new Float32Array(1000)),
  };
  assert.equal(slabRows(resource, DEFAULT_LIMITS), [0]);
  assert.equal(slabRows(resource, { ...DEFAULT_LIMITS, maxStorageBufferBindingSize: 1600 }), [0, 4, 8]);
  assert.equal(slabRows(resource, { ...DEFAULT_LIMITS, maxBufferSize: 400 }).length, 10);
});

test('what follows from constants alone is planned as fixed', () => {
  const builder = new ProgramBuilder();
  const x = builder.input('x', [1, 4]);
  const w = builder.constant(sourceOf('w', [3, 4], new Float32Array(12)));
  const b = builder.constant(sourceOf('b', [3], new Float32Array(3)));
  const operation = dense({ layout: 'oi', maps: [[POSITIVE]], bias: true, epilogue: 'none' });
  builder.output('y', builder.add(operation, [x, w, b]));
  const { dispatches } = planProgram(builder.build(), DEFAULT_LIMITS);
  assert.equal(
    dispatches.map(({ shader, fixed }) => [shader.name, fixed]),
    [
      ['map-bias', true],
      ['gemv-rows', false],
    ],
  );
});

test('an operation without a WGSL form is refused by its layer', () => {
  const builder = new ProgramBuilder();
  builder.layer = 'conv1';
  const { webgpu: _, ...operation } = activation({ kind: 'relu' });
  builder.output('y', builder.add(operation, [builder.input('x', [1])]));
  assert.throws(
    () => planProgram(builder.build(), DEFAULT_LIMITS),
    (error: unknown) =>
      error instanceof SalientError && error.code === 'unsupported' && error.message.includes('activation (conv1)'),
  );
});

test('weights that need slabs where an operation cannot take them are refused with tensor, bytes and limit', () => {
  const builder = new ProgramBuilder();
  builder.layer = 'sum';
  const w = builder.constant(sourceOf('w', [64, 64], new Float32Array(4096)));
  builder.output('y', builder.add(add(), [builder.input('x', [64, 64]), w]));
  assert.throws(
    () => planProgram(builder.build(), { ...DEFAULT_LIMITS, maxStorageBufferBindingSize: 4096 }),
    /"w" \(sum\) has 16384 bytes, but this GPU binds 4096 bytes at most/,
  );
});

test('tiles fit the default limits and waste few rows', () => {
  for (const rows of [1, 3, 5, 8, 12, 17, 33, 48, 64, 96, 100, 256, 1000]) {
    for (const columns of [1, 49, 3136, 50176]) {
      for (const depth of [9, 576, 4608]) {
        for (const software of [false, true]) {
          const tile = chooseTile(rows, columns, depth, { ...DEFAULT_LIMITS, software });
          assert.ok(4 * (tile.m + tile.n) * tile.k <= DEFAULT_LIMITS.maxComputeWorkgroupStorageSize);
          assert.ok(invocations(tile) <= DEFAULT_LIMITS.maxComputeInvocationsPerWorkgroup);
          assert.is(tile.registersM % 4, 0);
          assert.ok(isNarrow(tile) || invocations(tile) % tile.n === 0, 'whole rows are loaded together');
          const padded = Math.ceil(rows / tile.m) * tile.m;
          assert.ok(padded <= 1.25 * 16 * Math.ceil(rows / 16), `${rows} rows become ${padded}`);
        }
      }
    }
  }
});

test("tiles of Winograd's products are loaded in whole turns of their invocations", () => {
  for (const software of [false, true]) {
    for (const rows of [16, 64, 96, 512]) {
      for (const columns of [1, 16, 49, 200, 4096]) {
        const tile = chooseProductTile(rows, columns, { ...DEFAULT_LIMITS, software });
        // What is left over `winograd-product.wgsl` would not load.
        assert.is((tile.m * tile.k) % (4 * invocations(tile)), 0);
        assert.is((tile.n * tile.k) % (4 * invocations(tile)), 0);
      }
    }
  }
});

test('sums are split where few workgroups have long sums, and only there', () => {
  const tile = chooseTile(512, 196, 4608, DEFAULT_LIMITS);
  assert.ok(chooseSplits(32, 4608, tile) >= 8);
  assert.is(chooseSplits(3136, 576, tile), 1);
  assert.is(chooseSplits(1, 27, tile), 1);
});

test("Winograd's algorithm is used where it gains, in both directions, unless sums must be direct", () => {
  const window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;
  for (const algorithm of [undefined, 'direct'] as const) {
    const builder = new ProgramBuilder();
    const w = builder.constant(sourceOf('w', [256, 256, 3, 3], new Float32Array(256 * 256 * 9)));
    const x = builder.input('x', [1, 256, 56, 56]);
    const layer = { window, groups: 1, maps: PLAIN, algorithm };
    const y = builder.add(conv({ ...layer, bias: false, epilogue: 'none' }), [x, w]);
    builder.output('c', builder.add(convTranspose({ ...layer, spatial: [56, 56], product: false }), [y, w]));
    const { dispatches } = planProgram(builder.build(), DEFAULT_LIMITS);
    for (const step of [0, 1]) {
      const shaders = dispatches.filter((dispatch) => dispatch.step === step).map(({ shader }) => shader.name);
      assert.is(shaders.includes('winograd-product'), algorithm !== 'direct', `step ${step}: ${shaders}`);
    }
  }
});

test('slabs of queries are whole tiles, however many queries there are', () => {
  for (const [queries, candidates] of [
    [1_000_000, 50],
    [70_000, 127],
    [70_000, 8685],
  ] as const) {
    assert.is(queriesAtOnce(queries, candidates) % 64, 0, `${queries} queries, ${candidates} candidates`);
  }
});

test('grids of many workgroups continue in the next row', () => {
  for (const count of [1, 256, 257, 65535 * 256, 65535 * 256 + 1, 5e9]) {
    const [x, y, z] = flatWorkgroups(count);
    assert.ok(x <= 65535 && y <= 65535 && z === 1);
    assert.ok(x * y * 256 >= count && x * (y - 1) * 256 < count, `${count} elements`);
  }
});

test('plain dense layers take their bias as it is', () => {
  const builder = new ProgramBuilder();
  const b = builder.constant(sourceOf('b', [3], new Float32Array(3)));
  const w = builder.constant(sourceOf('w', [3, 4], new Float32Array(12)));
  const operation = dense({ layout: 'oi', maps: PLAIN, bias: true, epilogue: 'none' });
  builder.output('y', builder.add(operation, [builder.input('x', [1, 4]), w, b]));
  assert.is(planProgram(builder.build(), DEFAULT_LIMITS).dispatches.length, 1);
});

test('a result that is kept never holds a slot that others could share', () => {
  const builder = new ProgramBuilder();
  const input = builder.input('x', [1, 4096]);
  let last = input;
  for (let i = 0; i < 8; i++) {
    last = builder.add(activation({ kind: 'relu' }), [last]);
    builder.output(`statistics ${i}`, builder.add(statistics(), [last]));
  }
  const program = builder.build();
  const plan = planProgram(program, DEFAULT_LIMITS);
  const kept = [...program.outputs.values()].map((id) => plan.storage.get(id)!);
  const { slots, slotOf } = planArena(plan, [plan.storage.get(input)!], new Set(kept));
  for (const resource of kept) assert.is(slots[slotOf.get(resource)!]!.elements, 4);
  assert.is(slots.filter(({ elements }) => elements === 4096).length, 2);
});

test('a row of one part needs no second pass, and rows of any length share pipelines', () => {
  const builder = new ProgramBuilder();
  for (const length of [4096, 4097, 8192, 100_000]) {
    builder.output(`${length}`, builder.add(statistics(), [builder.input(`x ${length}`, [2, length])]));
  }
  const { dispatches } = planProgram(builder.build(), DEFAULT_LIMITS);
  const of = (name: string) => dispatches.filter(({ shader }) => shader.name === name);
  assert.is(of('statistics').length, 4);
  assert.is(of('statistics-total').length, 3);
  assert.is(new Set(dispatches.map(({ shader }) => shader.code)).size, 2);
});

test('moves that differ in extents and places alone share a pipeline', () => {
  const builder = new ProgramBuilder();
  const parts = [3, 5, 7].map((channels) => builder.input(`${channels}`, [2, channels, 4]));
  builder.output('y', builder.add(concat({ axis: 1 }), parts));
  const { dispatches } = planProgram(builder.build(), DEFAULT_LIMITS);
  assert.is(dispatches.length, 3);
  assert.is(new Set(dispatches.map(({ shader }) => shader)).size, 1, 'and the text is made once');
});

test('the ledger costs two passes a figure at most, and nothing to collect them', async () => {
  const graph = await parseModel(modelBytes(syntheticModel('alexnet')));
  const { program } = explainProgram(graph, {
    composite: composite('epsilon-plus'),
    ways: [{ start: { target: 'predicted', init: 'logit' } }],
    saliency: false,
    record: [],
  });
  const figures = [...program.outputs.keys()].filter((name) => name.startsWith('ledger:')).length;
  const { dispatches } = planProgram(program, {
    ...DEFAULT_LIMITS,
    maxStorageBufferBindingSize: 1 << 30,
    maxBufferSize: 1 << 30,
  });
  const count = (name: string) => dispatches.filter(({ shader }) => shader.name === name).length;
  assert.is(count('statistics') + count('absorbed'), figures);
  assert.ok(count('statistics-total') < figures);
  assert.is(count('walk'), 0);
});

test.run();
