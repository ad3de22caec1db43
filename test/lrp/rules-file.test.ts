import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composite } from '../../src/lrp/composite.ts';
import { parseRules } from '../../src/lrp/rules-file.ts';
import { repositoryRoot } from '../support/paths.ts';

test('the rule map of the documentation reads as it says, before the rules of its composite', () => {
  const [, json] = /```json\n([\s\S]*?)```/.exec(readFileSync(`${repositoryRoot}docs/lrp.md`, 'utf8'))!;
  const { layers, pooling, lrn } = parseRules(json!, {});
  assert.equal(layers.slice(0, 3), [
    { match: { name: 'conv1*' }, rule: { rule: 'z-box', low: [-2.1, -2, -1.8], high: [2.2, 2.4, 2.6] } },
    { match: { type: 'conv', positions: [0, 16] }, rule: { rule: 'gamma', gamma: 0.1 } },
    {
      match: { type: 'dense' },
      rule: { rule: 'epsilon', bias: 'zero', stabilizer: { kind: 'relative', epsilon: 0.25 } },
    },
  ]);
  assert.equal(layers.slice(3), composite('epsilon-plus').layers);
  assert.equal([pooling, lrn], ['winner', 'pass']);
});

test('stabilizers are read in all three forms', () => {
  const stabilizer = (epsilon: unknown) => {
    const { rule } = parseRules(JSON.stringify({ layers: [{ rule: 'epsilon', epsilon }] }), {}).layers[0]!;
    return rule.stabilizer;
  };
  assert.equal(stabilizer(0.5), { kind: 'absolute', epsilon: 0.5 });
  assert.equal(stabilizer('1e-6'), { kind: 'absolute', epsilon: 1e-6 });
  assert.equal(stabilizer('0.25 rms'), { kind: 'relative', epsilon: 0.25 });
  assert.equal(stabilizer('clip 1e-6'), { kind: 'clip', epsilon: 1e-6 });
});

const WRONG: readonly [string, RegExp][] = [
  [`{ "layers": ${'['.repeat(1e5)}${']'.repeat(1e5)} }`, /layers\[0\] is .*nested too deeply; expected an object/],
  ['[]', /the rule map is \[\]; expected an object/],
  ['{ "layer": [] }', /unknown entry "layer"/],
  ['{ "pooling": "max" }', /pooling is "max".*winner/],
  ['{ "layers": [{ "rule": "gamma", "alpha": 2 }] }', /layers\[0\].*unknown entry "alpha"/],
  ['{ "layers": [{ "rule": "z-box", "low": 0 }] }', /layers\[0\]\.high is missing/],
  ['{ "layers": [{ "rule": "epsilon", "epsilon": "rms" }] }', /layers\[0\]\.epsilon is "rms"/],
  ['{ "layers": [{ "rule": "epsilon", "epsilon": "clip 1 rms" }] }', /layers\[0\]\.epsilon/],
  ['{ "layers": [{ "rule": "flat", "match": { "positions": [1] } }] }', /positions is \[1\].*\[from, to\]/],
];

for (const [text, message] of WRONG) {
  test(`the rules ${text} are refused by name`, () => assert.throws(() => parseRules(text, {}), message));
}

test.run();
