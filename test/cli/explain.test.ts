import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { IMAGENET_CLASSES } from '../../src/image/imagenet-classes.ts';
import { PRESETS } from '../../src/image/preprocess.ts';
import type { StepProfile } from '../../src/tensor/device.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { assertRelative } from '../support/assert.ts';
import { salient } from '../support/cli.ts';
import { flatJpeg } from '../support/hostile-pictures.ts';
import { fixtures, goldenFolder, repositoryRoot } from '../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-explain-'));
const npy = (path: string) => readNpy(readFileSync(path));

test('explain --tensor writes arrays of all samples, pictures one each, and the ledger', async () => {
  const words = ['--tensor', `${goldenFolder}mini-fire.input.npy`, '--model', `${goldenFolder}mini-fire.onnx`];
  const saves = ['--save', 'heatmap,sr,relevance.npy,sr.npy,json', '--size', '32', '--device', 'reference'];
  const { code, stderr, stdout } = await salient('explain', ...words, ...saves, '--out', folder, '--json');
  assert.is(code, 0, stderr);
  const expected = npy(`${goldenFolder}mini-fire.epsilon-plus.npy`);
  const relevance = npy(join(folder, 'mini-fire.input.relevance.npy'));
  assert.equal(relevance.shape, [2, 3, 32, 32]);
  assertRelative(relevance.data, expected.data, 1e-6);
  assert.equal(npy(join(folder, 'mini-fire.input.sr.npy')).shape, [2, 32, 32]);
  const names = ['0.heatmap.png', '0.sr.png', '1.heatmap.png', '1.sr.png', 'json', 'relevance.npy', 'sr.npy'];
  assert.equal(
    readdirSync(folder).sort(),
    names.map((name) => `mini-fire.input.${name}`),
  );
  const manifest = JSON.parse(readFileSync(join(folder, 'mini-fire.input.json'), 'utf8'));
  assert.match(manifest.model.sha256, /^[0-9a-f]{64}$/);
  assert.is(manifest.composite.name, 'epsilon-plus');
  assert.is(manifest.images.length, 2);
  assert.ok(manifest.images[0].layers.every((layer: { notFinite: number }) => layer.notFinite === 0));
  const printed = JSON.parse(stdout);
  assert.is(printed.length, 1);
});

test('an SR map that no result holds is not computed, and a method that was asked for is in the manifest', async () => {
  const photo = join(modelsFolder, 'samples', 'tree-2000016.png');
  const words = ['--method', 'smoothgrad', '--samples', '2', '--save', 'relevance.npy', '--device', 'wasm', '--json'];
  const { code, stdout, stderr } = await salient('explain', photo, '--out', folder, ...words);
  assert.is(code, 0, stderr);
  const [manifest] = JSON.parse(stdout);
  assert.is(manifest.saliency, false);
  assert.equal(manifest.method, { name: 'smoothgrad', samples: 2, sigma: 0.15, seed: 1, of: 'gradient' });
  assert.not('composite' in manifest);
});

test('a pipe whose reader left takes no file away', async () => {
  const photo = join(modelsFolder, 'samples', 'tree-2000016.png');
  const out = join(folder, 'pipe');
  const line = `node dist/src/cli/main.js explain ${photo} --device wasm --save json,sr.npy --out ${out} | head -c 1`;
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { cwd: repositoryRoot });
  assert.is(status, 0, String(stderr));
  assert.is(String(stderr), '');
  assert.equal(readdirSync(out).sort(), ['tree-2000016.json', 'tree-2000016.sr.npy']);
});

test('layers that would be recorded in the same files are refused', async () => {
  const photo = join(modelsFolder, 'samples', 'tree-2000016.png');
  const { code, stderr } = await salient('explain', photo, '--record', 'a/b', '--record', 'a_b', '--out', folder);
  assert.is(code, 1);
  assert.match(stderr, /--record of "a\/b" and "a_b" would write the same files; record them in two calls/);
});

test('an option changes one part of the preprocessing that the model file has', async () => {
  const photo = join(modelsFolder, 'samples', 'tree-2000016.png');
  const saves = ['--no-saliency', '--save', 'json', '--device', 'wasm'];
  const preprocessingOf = async (...words: string[]) => {
    const { code, stdout, stderr } = await salient('explain', photo, ...saves, '--out', folder, ...words);
    assert.is(code, 0, stderr);
    const { preprocessing } = JSON.parse(readFileSync(join(folder, 'tree-2000016.json'), 'utf8'));
    return { preprocessing, origin: /^preprocessing: (.*)$/m.exec(stdout)?.[1] };
  };
  const own = await preprocessingOf();
  assert.is(own.origin, 'from the model file');
  assert.equal(await preprocessingOf('--crop', '128'), { ...own, origin: 'from the model file, with crop 128' });
  const { preprocessing } = await preprocessingOf('--preprocess', 'imagenet', '--resize', '144', '--crop', '128');
  assert.equal(preprocessing, { ...PRESETS.imagenet, resize: 144, crop: 128 });
});

test('a profile is of a whole batch: printed once, and in the JSON', async () => {
  const photos = ['tree-2000016', 'cup-2000010', 'car-2000031'].map((name) =>
    join(modelsFolder, 'samples', `${name}.png`),
  );
  const words = [
    '--batch',
    '2',
    '--profile',
    '--no-saliency',
    '--save',
    'heatmap',
    '--device',
    'wasm',
    '--out',
    folder,
  ];
  const { code, stdout, stderr } = await salient('explain', ...photos, ...words);
  assert.is(code, 0, stderr);
  assert.is(stdout.match(/^ {2}kernel/gm)?.length, 2);
  assert.is(stdout.match(/batch of 2/g)?.length, 1);
  assert.ok(stdout.indexOf('batch of 2') > stdout.indexOf('cup-2000010.png:'));
  const { stdout: json } = await salient('explain', ...photos, ...words, '--json');
  const profiles: { profile: { batch: number; steps: StepProfile[] }[] }[] = JSON.parse(json);
  assert.equal(
    profiles.map(({ profile }) => profile.map(({ batch }) => batch)),
    [[2], [2], [1]],
  );
  assert.ok(profiles.every(({ profile }) => profile[0]!.steps.some(({ operation }) => operation === 'conv')));
});

test('the samples of a tensor are told apart, and where relevance stayed is said', async () => {
  const words = ['--tensor', `${goldenFolder}mini-fire.input.npy`, '--model', `${goldenFolder}mini-fire.onnx`];
  const { stdout } = await salient('explain', ...words, '--no-saliency', '--device', 'reference', '--out', folder);
  assert.equal(
    stdout.match(/^\S+, sample \d: /gm),
    [0, 1].map((sample) => `${words[1]}, sample ${sample}: `),
  );
  assert.match(
    stdout,
    /at the start, 12\.6\d+ in the map;\n.* to biases \(0\.079\d+\) and the stabilizer \(0\.0000\d+\);.*\.json\n/,
  );
});

test('model run writes each output by number and name', async () => {
  const out = join(folder, 'run');
  const words = ['--input', `${goldenFolder}mini-vgg-bn.input.npy`, '--out', out, '--device', 'reference'];
  const { code, stderr } = await salient('model', 'run', `${goldenFolder}mini-vgg-bn.onnx`, ...words);
  assert.is(code, 0, stderr);
  const [file, ...others] = readdirSync(out);
  assert.is(others.length, 0);
  assert.match(file!, /^0\..*\.npy$/);
  assertRelative(npy(join(out, file!)).data, npy(`${goldenFolder}mini-vgg-bn.logits.npy`).data, 1e-6);
});

test('model inspect names operators and layers, model list the known networks', async () => {
  const inspected = await salient('model', 'inspect', `${goldenFolder}mini-residual.onnx`);
  assert.is(inspected.code, 0, inspected.stderr);
  assert.match(inspected.stdout, /operators .*Conv/);
  assert.match(inspected.stdout, /Add +[12]×/);
  const listed = await salient('model', 'list');
  assert.match(listed.stdout, /vgg16-bn .*imagenet/);
});

test('the built-in class names are those of ILSVRC2012, in order', () => {
  assert.is(IMAGENET_CLASSES.length, 1000);
  assert.match(IMAGENET_CLASSES[282]!, /^tiger cat/);
  if (fixtures === undefined) {
    console.log('fixtures not present');
    return;
  }
  const lines = readFileSync(join(fixtures, 'images', 'imagenet_synset_words.txt'), 'utf8')
    .trim()
    .split('\n');
  assert.equal(
    IMAGENET_CLASSES,
    lines.map((line) => line.slice(10)),
  );
});

test('a photograph of a cat is a tiger cat to SqueezeNet', async () => {
  if (fixtures === undefined) {
    console.log('fixtures not present');
    return;
  }
  const words = [join(fixtures, 'images', 'chelsea.png'), '--model', join(fixtures, 'models', 'squeezenet1.1.onnx')];
  const saves = ['--preprocess', 'caffe', '--no-saliency', '--save', 'relevance.npy', '--device', 'reference'];
  const { code, stdout, stderr } = await salient('explain', ...words, ...saves, '--out', folder);
  assert.is(code, 0, stderr);
  assert.match(stdout, /282 tiger cat 39\.\d %/);
  const expected = npy(join(fixtures, 'golden', 'squeezenet.chelsea.epsilon-plus.npy'));
  assertRelative(npy(join(folder, 'chelsea.relevance.npy')).data, expected.data, 1e-6);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test('several targets of one photograph: files by their names, a montage of all, one array and one JSON', async () => {
  const out = join(folder, 'targets');
  const photo = `${repositoryRoot}models/samples/snail-2000006.png`;
  const words = ['explain', photo, '--target', 'fish', '--target', '1', '--save', 'heatmap,montage,relevance.npy,json'];
  const { code, stdout, stderr } = await salient(...words, '--out', out);
  assert.is(code, 0, stderr);
  assert.match(stdout, /snail-2000006\.png, fish: .*\n.*relevance of "fish"/);
  assert.equal(readdirSync(out).sort(), [
    'snail-2000006.car.heatmap.png',
    'snail-2000006.fish.heatmap.png',
    'snail-2000006.json',
    'snail-2000006.montage.png',
    'snail-2000006.relevance.npy',
  ]);
  assert.equal(readNpy(readFileSync(join(out, 'snail-2000006.relevance.npy'))).shape, [2, 3, 128, 128]);
  const { images } = JSON.parse(readFileSync(join(out, 'snail-2000006.json'), 'utf8'));
  assert.equal(
    images.map(({ target }: { target: { class: { label: string } } }) => target.class.label),
    ['fish', 'car'],
  );
  const top = await salient('explain', photo, '--top-targets', '2', '--json', '--save', 'json', '--out', out);
  const [{ images: likeliest }] = JSON.parse(top.stdout);
  assert.equal(
    likeliest.map(({ target }: { target: { class: { label: string } } }) => target.class.label),
    ['snail', 'butterfly'],
  );
  const both = await salient('explain', photo, '--top-targets', '2', '--target', 'fish');
  assert.match(both.stderr, /^salient: --target and --top-targets exclude each other/);
  const twice = await salient('diff', 'models/scenes-vgg.onnx', photo, '--target', '1', '--target', '2');
  assert.match(twice.stderr, /^salient: --target is given twice, "1" and "2"; here one is explained/);
});

test('--threads says how many threads of wasm compute', async () => {
  const words = ['explain', 'models/samples/snail-2000006.png', '--no-saliency', '--out', folder];
  const one = await salient(...words, '--device', 'wasm', '--threads', '1');
  assert.match(one.stdout, /device: wasm \((relaxed )?SIMD, 1 thread\)/);
  const none = await salient(...words, '--threads', '0');
  assert.match(none.stderr, /^salient: --threads is 0; expected a whole number of at least 1/);
  const other = await salient(...words, '--device', 'reference', '--threads', '2');
  assert.match(other.stderr, /^salient: the device reference takes no threads; only wasm does, or auto for wasm/);
});

test('a large photograph says by how much it was reduced, in print and in the JSON file', async () => {
  const photo = join(folder, 'large.jpg');
  writeFileSync(photo, flatJpeg(4097, 4096));
  const { code, stdout, stderr } = await salient(
    'explain',
    photo,
    '--out',
    folder,
    '--no-saliency',
    '--device',
    'wasm',
  );
  assert.is(code, 0, stderr);
  assert.match(stdout, /\n {2}a large picture: it was read at 1\/2 of its width and height\n/);
  assert.is(JSON.parse(readFileSync(join(folder, 'large.json'), 'utf8')).reduced, 2);
});

test.run();
