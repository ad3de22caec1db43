import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { writeNpy } from '../../src/tensor/npy.ts';
import { ran, salient } from '../support/cli.ts';
import { goldenFolder, repositoryRoot } from '../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-errors-'));
const model = `${goldenFolder}mini-vgg-bn.onnx`;
const input = `${goldenFolder}mini-vgg-bn.input.npy`;
const at = (name: string) => join(folder, name);
const tensor = (shape: number[], value: number) => {
  const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(value);
  return writeNpy({ shape, data });
};

writeFileSync(at('page.onnx'), '<html>not found</html>');
writeFileSync(at('empty.onnx'), '');
writeFileSync(at('cut.onnx'), readFileSync(model).subarray(0, 5000));
writeFileSync(at('nan.npy'), tensor([1, 3, 32, 32], Number.NaN));
writeFileSync(at('small.npy'), tensor([1, 3, 16, 16], 1));
writeFileSync(at('cut.npy'), tensor([1, 3, 32, 32], 1).subarray(0, 2000));
writeFileSync(at('cut.jpg'), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46));
writeFileSync(at('text.png'), 'this is a text');
const photo = await encodePng({ width: 40, height: 40, data: new Uint8Array(4800).fill(90) });
writeFileSync(at('photo.png'), photo);
writeFileSync(at('cut.png'), photo.subarray(0, photo.length - 20));
writeFileSync(at('bad.rules.json'), '{ "layers": [{ "rule": "gama" }] }');
writeFileSync(at('name.rules.json'), '{ "layers": [{ "match": { "name": "conv9*" }, "rule": "gamma" }] }');
writeFileSync(
  at('unknown.onnx'),
  modelBytes({
    name: 'unknown',
    inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
    outputs: [{ name: 'y', shape: [1, 3, 8, 8] }],
    nodes: [{ op: 'Einsum', name: 'odd', inputs: ['x'], outputs: ['y'] }],
    initializers: [],
  }),
);

const explain = (...words: string[]) => ['explain', '--device', 'reference', '--out', folder, ...words];
const CASES: readonly [string, string[], RegExp][] = [
  ['a missing photograph', explain(at('none.png'), '--model', model), /none\.png.*no such file/],
  ['a missing model', explain(at('photo.png'), '--model', at('none.onnx')), /none\.onnx.*no such file/],
  ['a page in place of a model', explain(at('photo.png'), '--model', at('page.onnx')), /page\.onnx.*HTML/],
  ['an empty model', explain(at('photo.png'), '--model', at('empty.onnx')), /empty\.onnx.*empty/],
  ['a truncated model', explain(at('photo.png'), '--model', at('cut.onnx')), /cut\.onnx.*truncated/],
  ['an unsupported operator', explain(at('photo.png'), '--model', at('unknown.onnx')), /Einsum.*"odd"|"odd".*Einsum/],
  ['NaN in a tensor', explain('--tensor', at('nan.npy'), '--model', model), /nan\.npy.*NaN/],
  ['a tensor of another shape', explain('--tensor', at('small.npy'), '--model', model), /3×16×16.*3×32×32/],
  ['a truncated tensor', explain('--tensor', at('cut.npy'), '--model', model), /cut\.npy/],
  ['a corrupt PNG', explain(at('cut.png'), '--model', model), /cut\.png.*(damaged|truncated)/],
  ['a corrupt JPEG', explain(at('cut.jpg'), '--model', model), /cut\.jpg.*(damaged|truncated)/],
  ['a text in place of a picture', explain(at('text.png'), '--model', model), /text\.png/],
  [
    'an unknown class',
    explain('--tensor', input, '--model', model, '--target', 'unicorn'),
    /unicorn.*0 \(class 0\), .*9 \(class 9\)/,
  ],
  [
    'a class below zero',
    explain('--tensor', input, '--model', model, '--target=-1'),
    /no class -1; a class number from 0 to 9/,
  ],
  ['a class out of range', explain('--tensor', input, '--model', model, '--target', '10'), /class 10.*0 to 9/],
  ['an unknown composite', explain('--tensor', input, '--model', model, '--composite', 'lrp'), /"lrp".*epsilon-plus/],
  ['an unknown rule in a file', explain('--tensor', input, '--model', model, '--rules', at('bad.rules.json')), /gama/],
  [
    'a rules file that is no JSON',
    explain('--tensor', input, '--model', model, '--rules', at('photo.png')),
    /photo\.png: the rules are not JSON/,
  ],
  [
    'a rule for a layer that is not there',
    explain('--tensor', input, '--model', model, '--rules', at('name.rules.json')),
    /"conv9\*"/,
  ],
  ['a negative stabilizer', explain('--tensor', input, '--model', model, '--epsilon=-1'), /epsilon is -1.*from 0/],
  [
    'a gamma that overflows',
    explain('--tensor', input, '--model', model, '--composite', 'epsilon-gamma-box', '--gamma', '1e300'),
    /gamma is 1e\+300/,
  ],
  [
    'two bounds for three channels',
    explain('--tensor', input, '--model', model, '--composite', 'epsilon-gamma-box', '--low', '0,0'),
    /low is a list of 2.*3 channels/,
  ],
  [
    'a lower bound above the upper one',
    explain('--tensor', input, '--model', model, '--composite', 'epsilon-gamma-box', '--low', '5', '--high=-5'),
    /low is 5 where high is -5/,
  ],
  ['a value with a dash', explain('--target', '-1'), /--target.*"=".*--help/],
  ['an unknown option', explain('--colour', 'red'), /--colour/],
  ['an unknown device', ['explain', '--tensor', input, '--device', 'gpu'], /"gpu".*wasm/],
  ['an unknown command', ['explode'], /"explode".*--help/],
  ['nothing to explain', ['explain'], /nothing to explain/],
  ['an unwritable folder', ['explain', '--tensor', input, '--model', model, '--out', '/proc/none'], /\/proc\/none/],
  ['a file for a folder', ['explain', '--tensor', input, '--model', model, '--out', at('photo.png')], /photo\.png/],
  ['two results of one name', explain('--tensor', input, '--tensor', input, '--model', model), /same names/],
  [
    'a text in place of a map',
    ['saliency', join(repositoryRoot, 'package.json')],
    /package\.json: PNG or JPEG is expected/,
  ],
  ['a map with NaN', ['saliency', at('nan.npy'), '--out', folder], /nan\.npy.*NaN/],
  ['the wrong number of inputs', ['model', 'run', model, '--out', folder], /takes 1 input/],
  ['an unknown synthetic model', ['model', 'make', 'resnet'], /no network "resnet".*alexnet/],
  ['a synthetic model without a place', ['model', 'make', 'alexnet'], /--out is missing.*--out alexnet\.onnx/],
  ['a tensor in place of a photograph', explain(input, '--model', model), /give it as --tensor .*input\.npy/],
  ['a model and its input the wrong way round', ['diff', input, model], /expected MODEL INPUT in this order/],
  ['two devices of which one is unknown', ['diff', model, input, '--devices', 'wasm,gpu'], /--devices is "gpu"/],
  // What is wrong whatever the model is found before the model is missed.
  ...(
    [
      [['--batch', '0'], /--batch is 0/],
      [['--top', '1.5'], /--top is 1\.5/],
      [['--epsilon', '1e-6x'], /--epsilon is "1e-6x"/],
      [['--gamma=-1'], /--gamma is -1.*from 0/],
      [['--composite', 'lrp'], /"lrp".*epsilon-plus/],
      [['--rules', at('bad.rules.json')], /bad\.rules\.json.*gama/],
      [['--init', 'zero'], /--init is "zero"/],
      [['--nearest', '0'], /"nearest" is 0/],
      [['--crop', '9999'], /crop is 9999/],
      [['--channels', 'conv1'], /LAYER:I,J/],
    ] as const
  ).map(([words, expected]): [string, string[], RegExp] => [
    `${words.join(' ')} without a model`,
    explain(at('photo.png'), '--model', at('none.onnx'), ...words),
    expected,
  ]),
];

for (const [what, words, expected] of CASES) {
  test(`${what} gives one clear line and a non-zero exit`, async () => {
    const { code, stderr } = await salient(...words);
    assert.ok(code !== 0 && code !== null, `exit ${code}`);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.match(stderr, /^salient: /);
    assert.match(stderr, expected);
    assert.not.match(stderr, /unexpected error|\bat .*:\d+:\d+/);
  });
}

test('a full disk under stdout gives one clear line and a non-zero exit', async () => {
  if (!existsSync('/dev/full')) {
    console.log('skipped: there is no /dev/full');
    return;
  }
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [`${repositoryRoot}dist/src/cli/main.js`, 'model', 'list'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.is(status, 1);
  assert.match(stderr, /^salient: cannot write to stdout: the disk is full.*\n$/);
});

test('npm start explains its options, and refuses others in one line', () => {
  const start = (word: string) =>
    spawnSync(process.execPath, [`${repositoryRoot}dist/models/start.js`, word], { encoding: 'utf8' });
  assert.match(start('--help').stdout, /^usage: npm start -- \[--out DIR\]/);
  const { status, stderr } = start('--colour');
  assert.is(status, 1);
  assert.match(stderr, /^salient: .*--colour.*; usage: npm start .*\n$/);
});

test('--debug adds the stack', async () => {
  const { stderr } = await salient('explain', at('none.png'), '--model', model, '--device', 'reference', '--debug');
  assert.match(stderr, /\bat .*:\d+:\d+/);
});

test('an overlay lies on the picture without its colours, so that those of the map stand out', async () => {
  const red = new Uint8Array(4800).map((_, i) => (i % 3 === 0 ? 200 : 10));
  writeFileSync(at('red.png'), await encodePng({ width: 40, height: 40, data: red }));
  const { code, stderr } = await salient('saliency', at('red.png'), '--device', 'reference', '--out', folder);
  assert.is(code, 0, stderr);
  const { data } = await decodeImage(readFileSync(at('red.saliency-overlay.png')));
  assert.equal([...new Set(data)], [67]);
});

test('the results of saliency and of explain lie side by side', async () => {
  const words = [at('photo.png'), '--size', '16', '--device', 'reference', '--out', at('both')];
  const explained = await salient('explain', ...words, '--model', model, '--resize', '32', '--crop', '32', '--json');
  const mapped = await salient('saliency', ...words, '--json');
  const files = [explained, mapped].flatMap(({ stdout }) => JSON.parse(stdout)[0].files);
  assert.equal(readdirSync(at('both')).sort(), files.map((file) => basename(file)).sort());
});

test('a photograph of one pixel is explained', async () => {
  writeFileSync(at('one.png'), await encodePng({ width: 1, height: 1, data: Uint8Array.of(200, 10, 10) }));
  const size = ['--resize', '32', '--crop', '32', '--size', '40'];
  const { code, stderr } = await salient(...explain(at('one.png'), '--model', model, ...size));
  assert.is(code, 0, stderr);
  assert.ok(readFileSync(at('one.montage.png')).length > 1000);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test('a fault of the program itself ends with 70 and says what to report', async () => {
  const script = at('fault.mjs');
  const module = pathToFileURL(`${repositoryRoot}dist/src/cli/run-program.js`).href;
  writeFileSync(script, `import { runProgram } from '${module}'; await runProgram(async () => { null.out; });`);
  const { code, stderr } = await ran(script);
  assert.is(code, 70);
  assert.match(stderr, /^salient: a fault of this program .*TypeError.*please report it/);
  assert.is(stderr.trim().split('\n').length, 1);
});

test('class names cannot steer a terminal', async () => {
  const names = Array.from({ length: 10 }, (_, k) => `class\u001b[31m${k}\u0007\u202e\nforged`);
  writeFileSync(at('names.json'), JSON.stringify(names));
  const words = [at('photo.png'), '--labels', at('names.json'), '--no-saliency', '--save', 'json', '--device', 'wasm'];
  const { code, stdout, stderr } = await salient('explain', ...words, '--out', at('named'));
  assert.is(code, 0, stderr);
  assert.match(stdout, /class/);
  assert.not.match(stdout, /^forged/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.not.match(stdout, /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
});

test.run();
