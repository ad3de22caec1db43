import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { salient } from '../support/cli.ts';
import { goldenFolder } from '../support/paths.ts';

test('rules: each layer, its rule and the entry that gave it; as a table and as JSON', async () => {
  const { stdout, code, stderr } = await salient('rules', 'scenes-vgg', '--composite', 'montavon');
  assert.is(code, 0, stderr);
  const rows = stdout.trim().split('\n').slice(1);
  assert.is(rows.length, 11);
  assert.match(
    rows[1]!,
    /features\.0\/Conv +Conv +16×3×3×3 +z-box \(low -2\/-2\/-2, high 2\/2\/2\) +the first layer, a convolution$/,
  );
  assert.match(rows[2]!, /gamma \(gamma 0\.25\) +a convolution, among the first 54 % of them$/);
  // 8 convolutions: 7/13 of them are 4, the first of which is z-box's.
  assert.is(rows.filter((row) => row.includes('gamma')).length, 3);
  assert.is(rows.filter((row) => row.includes('relative ε 0.25')).length, 4);
  const { layers, pooling } = JSON.parse((await salient('rules', 'scenes-vgg', '--cost', '--json')).stdout);
  assert.is(pooling, 'winner');
  assert.equal(layers[1].because, { type: 'conv' });
  assert.equal(layers[1].rule, { rule: 'z-plus' });
  // z⁺ of inputs that may be negative takes a pass for each sign; behind a Relu one convolution and one transpose.
  assert.is(layers[1].cost.forward, 1);
  assert.is(layers[1].cost.relevance, 2);
  const shares = layers.reduce((sum: number, { cost }: { cost: { share: number } }) => sum + cost.share, 0);
  assert.ok(shares > 0.98 && shares <= 1, `the shares sum to ${shares}`);
});

test('rules: what is wrong is one line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'salient-rules-'));
  const file = join(folder, 'rules.json');
  writeFileSync(file, '{ "layers": [{ "match": { "name": "nowhere*" }, "rule": "flat" }] }');
  const nowhere = await salient('rules', `${goldenFolder}mini-fire.onnx`, '--rules', file);
  assert.is(nowhere.code, 1);
  assert.match(nowhere.stderr, /^salient: a rule is for layers \{"name":"nowhere\*"\}, but there are only [^\n]+\n$/);
  assert.match((await salient('rules')).stderr, /^salient: expected MODEL, found 0; see [^\n]+\n$/);
  assert.match((await salient('rules', 'none.onnx')).stderr, /^salient: [^\n]*none\.onnx[^\n]+\n$/);
  writeFileSync(file, '{ "layers": [{ "match": { "type": "conv", "earliest": 0.5 }, "rule": "flat" }] }');
  const { layers } = JSON.parse((await salient('rules', 'scenes-vgg', '--rules', file, '--json')).stdout);
  assert.is(layers.filter(({ rule }: { rule: { rule: string } }) => rule.rule === 'flat').length, 4);
  rmSync(folder, { recursive: true });
});

test.run();
