import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readModelFile } from '../../src/onnx/files.ts';
import { describeModel, parseModel } from '../../src/onnx/index.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { readNumbers } from '../../src/tensor/source.ts';
import { assertRefused, modelDraft, node } from '../support/onnx.ts';

const { onnx } = onnxProto;
const test = suite<{ folder: string }>('files');

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'salient-'));
  await mkdir(join(context.folder, 'model', 'weights'), { recursive: true });
  await writeFile(
    join(context.folder, 'model', 'weights', 'w.bin'),
    new Uint8Array(Float32Array.of(9, 1, 2, 3, 4).buffer),
  );
});

test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true });
});

/** Writes a model whose 2×2 weights lie elsewhere; returns its path. */
async function writeModel(folder: string, location: string, offset = 4, length = 16): Promise<string> {
  const model = onnx.ModelProto.decode(modelBytes(modelDraft([1, 2], [node('MatMul', {}, ['x', 'w'])])));
  const entries = { location, offset: `${offset}`, length: `${length}` };
  model.graph!.initializer = [
    onnx.TensorProto.create({
      name: 'w',
      dims: [2, 2],
      dataType: 1,
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    }),
  ];
  const path = join(folder, 'model', 'm.onnx');
  await writeFile(path, onnx.ModelProto.encode(model).finish());
  return path;
}

async function open(path: string) {
  const { bytes, readExternal } = await readModelFile(path);
  return parseModel(bytes, { readExternal });
}

test('weights are read from a file beside the model', async ({ folder }) => {
  const path = await writeModel(folder, 'weights/w.bin');
  const graph = await open(path);
  assert.equal([...readNumbers(graph.constants.get('w')!)], [1, 2, 3, 4]);
  const { bytes } = await readModelFile(path);
  assert.equal(describeModel(bytes).externalFiles, ['weights/w.bin']);
  await assertRefused(
    parseModel(bytes),
    'bad-argument',
    /tensor "w" lies in the file "weights\/w.bin" beside the model/,
  );
});

for (const location of [
  '/etc/passwd',
  '../secret',
  'weights/../../secret',
  '..\\secret',
  'C:\\secret',
  'file:secret',
  'https://example.org/secret',
  '\\\\host\\secret',
  'weights/\0w.bin',
  '',
]) {
  test(`external data at "${location}" is refused`, async ({ folder }) => {
    await assertRefused(open(await writeModel(folder, location)), 'bad-file', /lies outside the model's folder/);
  });
}

test('a link to external data outside the folder is refused, one inside is followed', async ({ folder }) => {
  await writeFile(join(folder, 'secret'), new Uint8Array(100));
  await symlink(join(folder, 'secret'), join(folder, 'model', 'out'));
  await symlink(join('weights', 'w.bin'), join(folder, 'model', 'in'));
  await assertRefused(open(await writeModel(folder, 'out')), 'bad-file', /"out" leads out of/);
  const graph = await open(await writeModel(folder, 'in'));
  assert.equal([...readNumbers(graph.constants.get('w')!)], [1, 2, 3, 4]);
});

test('external data of the wrong length, or beyond its file, or missing, are refused', async ({ folder }) => {
  await assertRefused(
    open(await writeModel(folder, 'weights/w.bin', 4, 12)),
    'bad-file',
    /length 12, but 16 bytes are needed/,
  );
  await assertRefused(open(await writeModel(folder, 'weights/w.bin', -4)), 'bad-file', /has offset -4/);
  await assertRefused(
    open(await writeModel(folder, 'weights/w.bin', 8)),
    'bad-file',
    /has 20 bytes, but the model reads 16 from 8 on/,
  );
  await assertRefused(open(await writeModel(folder, 'absent.bin')), 'io', /absent.bin": there is no such file/);
});

test('a path without a file, and a folder, are refused', async ({ folder }) => {
  await assertRefused(readModelFile(join(folder, 'absent.onnx')), 'io', /absent.onnx": there is no such file/);
  await assertRefused(readModelFile(join(folder, 'model')), 'io', /is no file; give the path of a model file/);
});

test('a pipe in place of a model or its data is refused, not waited for', async ({ folder }) => {
  const pipe = join(folder, 'model', 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return console.log('skipped: no mkfifo');
  await assertRefused(readModelFile(pipe), 'io', /is no file/);
  await assertRefused(open(await writeModel(folder, 'pipe')), 'io', /is no file/);
});

test('tensors share a range, which is read once, but no parts of one; what nothing reads is not read', async () => {
  const tensor = (name: string, offset: number) =>
    onnx.TensorProto.create({
      name,
      dims: [2, 2],
      dataType: 1,
      dataLocation: 1,
      externalData: [
        { key: 'location', value: 'w.bin' },
        { key: 'offset', value: `${offset}` },
      ],
    });
  const draft = modelDraft([1, 2], [node('MatMul', {}, ['x', 'w'], ['a']), node('MatMul', {}, ['a', 'v'])]);
  const model = onnx.ModelProto.decode(modelBytes(draft));
  const reads: number[] = [];
  const readExternal = async (_path: string, offset: number, length: number) => {
    reads.push(offset);
    return new Uint8Array(length);
  };
  const parse = (second: number) => {
    model.graph!.initializer = [tensor('w', 4), tensor('v', second), ...[0, 1, 2].map((i) => tensor(`unused${i}`, i))];
    return parseModel(onnx.ModelProto.encode(model).finish(), { readExternal });
  };
  await parse(4);
  assert.equal(reads, [4]);
  await assertRefused(parse(8), 'bad-file', /"v": its external data from 8 on overlaps that of "w"/);
});

test.run();
