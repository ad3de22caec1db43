import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { composite, type LayerMatch } from '../../src/lrp/composite.ts';
import { parseRules } from '../../src/lrp/rules-file.ts';
import { loadModel } from '../../src/model/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { repositoryRoot } from '../support/paths.ts';

const base = composite('epsilon-plus');

/** The default composite with another entry before its own, as JavaScript may give it. */
const withRule = (rule: unknown, match: unknown = {}) => ({ ...base, layers: [{ match, rule }, ...base.layers] });
const RULE = /composite\.layers\[0\]\.rule/.source;

/** What is wrong with options of `explain`, and the line that must say so. */
const WRONG: readonly [what: string, options: object, line: RegExp][] = [
  ['a misspelt rule', { composite: withRule({ rule: 'gama' }) }, /rule is "gama"; expected one of zero, .*gamma/],
  ['a name that objects have', { composite: withRule({ rule: 'toString' }) }, /rule is "toString"; expected one of/],
  ['no rule', { composite: withRule({}) }, new RegExp(`${RULE}\\.rule is missing; expected one of zero`)],
  ['a text for a rule', { composite: withRule('gamma') }, new RegExp(`${RULE} is "gamma"; expected an object`)],
  [
    'a misspelt parameter',
    { composite: withRule({ rule: 'gamma', gama: 3 }) },
    new RegExp(`no option "gama" in ${RULE}; expected one of rule, bias, stabilizer, gamma$`),
  ],
  ['a parameter of another rule', { composite: withRule({ rule: 'epsilon', gamma: 3 }) }, /no option "gamma" in/],
  ['epsilon as in JSON', { composite: withRule({ rule: 'epsilon', epsilon: 0.5 }) }, /"epsilon".*stabilizer$/],
  ['a number as text', { composite: withRule({ rule: 'gamma', gamma: '0.3' }) }, /gamma is "0.3"; expected a number/],
  ['NaN', { composite: withRule({ rule: 'gamma', gamma: Number.NaN }) }, /gamma is NaN; expected a number/],
  ['no bounds', { composite: withRule({ rule: 'z-box', low: [0] }) }, /high is missing; expected a list of numbers/],
  ['a bias', { composite: withRule({ rule: 'epsilon', bias: 'none' }) }, /bias is "none"; expected one of keep, zero/],
  [
    'a stabilizer as text',
    { composite: withRule({ rule: 'epsilon', stabilizer: '0.25 rms' }) },
    /stabilizer is "0.25 rms"; expected an object/,
  ],
  [
    'a misspelt stabilizer',
    { composite: withRule({ rule: 'epsilon', stabilizer: { kind: 'relativ', epsilon: 0.25 } }) },
    /stabilizer\.kind is "relativ"; expected one of absolute, relative, clip/,
  ],
  [
    'a misspelt ε',
    { composite: withRule({ rule: 'epsilon', stabilizer: { kind: 'clip', eps: 1 } }) },
    /no option "eps" in composite\.layers\[0\]\.rule\.stabilizer; expected one of kind, epsilon/,
  ],
  [
    'a misspelt match',
    { composite: withRule({ rule: 'flat' }, { typ: 'conv' }) },
    /no option "typ" in .*match; .*type/,
  ],
  ['another type', { composite: withRule({ rule: 'flat' }, { type: 'Conv' }) }, /type is "Conv"; expected one of conv/],
  ['first', { composite: withRule({ rule: 'flat' }, { first: 'yes' }) }, /first is "yes"; expected true or false/],
  ['one position', { composite: withRule({ rule: 'flat' }, { positions: [1] }) }, /positions is \[1\]; .*\[from, to\]/],
  ['from after to', { composite: withRule({ rule: 'flat' }, { positions: [5, 1] }) }, /\[5,1\]; expected \[from, to\]/],
  [
    'positions that are none',
    { composite: withRule({ rule: 'flat' }, { positions: [500, 600] }) },
    /layers \{"positions":\[500,600\]\}, but there are only \/features\/features\.0\/Conv \(0\)/,
  ],
  [
    'a share',
    { composite: withRule({ rule: 'flat' }, { earliest: 5 }) },
    /earliest is 5; expected a number from 0 to 1/,
  ],
  ['an entry as in JSON', { composite: { ...base, layers: [{ rule: 'flat' }] } }, /layers\[0\]\.match is missing/],
  ['a map as in JSON', { composite: { composite: 'attn', layers: [] } }, /no option "composite" in composite; .*name/],
  ['a misspelt pooling', { composite: { ...base, pooling: 'max' } }, /pooling is "max"; expected one of winner/],
  ['a misspelt key', { composite: { ...base, averagepooling: 'norm' } }, /"averagepooling" in .*averagePooling/],
  ['average pooling', { composite: { ...base, averagePooling: 'uni' } }, /averagePooling is "uni"; .*norm, uniform/],
  ['LRN', { composite: { ...base, lrn: 'tailor' } }, /lrn is "tailor"; expected one of pass, taylor/],
  ['products', { composite: { ...base, product: 'gate' } }, /product is "gate"; expected one of uniform, signal/],
  ['ε of the rest', { composite: { ...base, normEpsilon: -1 } }, /normEpsilon is -1; expected a number from 0/],
  ['no layers', { composite: { ...base, layers: {} } }, /composite\.layers is \{\}; expected a list/],
  ['no map', { composite: null }, /composite is null; expected an object/],
  ['a misspelt parameter of a composite', { parameters: { gama: 2 } }, /no option "gama" in parameters; .*gamma/],
  ['a text', { composite: 'montavon', parameters: { gamma: '0.5' } }, /parameters\.gamma is "0.5"; expected a number/],
  ['parameters of a rule map', { composite: base, parameters: { epsilon: 3 } }, /parameters need a composite name/],
  ['a start', { init: 'logits' }, /init is "logits"; expected one of logit, one, contrastive, runner-up/],
  [
    'a misspelt place',
    { start: { layer: '/features/features.0/Conv', chanel: 1 } },
    /no option "chanel"; expected one of layer, channel/,
  ],
];

let model: Model;
test.before(async () => {
  model = await loadModel(await openWasmDevice({}), `${repositoryRoot}models/scenes-vgg.onnx`);
});
test.after(() => model.close());

const photo = decodeImage(readFileSync(`${repositoryRoot}models/samples/cup-2000010.png`));

for (const [what, options, line] of WRONG) {
  test(`${what} is refused in one line`, async () => {
    try {
      await model.explain(await photo, { saliency: false, ...options });
    } catch (error) {
      assert.match((error as Error).message, line);
      assert.is((error as { code?: string }).code, 'bad-argument');
      assert.not.match((error as Error).message, /\n/);
      return;
    }
    assert.unreachable('nothing was refused');
  });
}

test('a condition with a misspelt name is refused', async () => {
  const conditions = [{ target: 'cup', chanels: {} }];
  await model.explainConditions(await photo, conditions).then(
    () => assert.unreachable('nothing was refused'),
    ({ message }: Error) => assert.match(message, /no option "chanels"; expected one of target, channels/),
  );
});

test('what a message shows of a large value leaves room for what was expected', () => {
  const layers = { list: new Array(1000).fill('layer') };
  const refused = () => model.composite({ composite: { ...base, layers } as unknown as typeof base });
  assert.throws(refused, /layers is \{"list":\["layer",.*…; expected a list$/);
});

test('a rule map from JSON is held to the same', () => {
  const map = (match: LayerMatch) => () => parseRules(JSON.stringify({ layers: [{ match, rule: 'flat' }] }), {});
  assert.throws(map({ earliest: 5 }), /layers\[0\]\.match\.earliest is 5; expected a number from 0 to 1/);
  assert.throws(map({ positions: [5, 1] }), /layers\[0\]\.match\.positions is \[5,1\]; expected \[from, to\]/);
});

test('every ready-made composite is a rule map that passes', async () => {
  for (const name of ['epsilon-plus', 'epsilon-gamma-box', 'montavon', 'salient-relevance', 'attn']) {
    const map = composite(name, { low: [-2.2], high: [2.7] });
    assert.is(model.composite({ composite: map }), map);
  }
});

test.run();
