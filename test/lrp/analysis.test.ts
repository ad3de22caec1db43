import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GraphNode, Window } from '../../src/graph/graph.ts';
import { analyseRelevance } from '../../src/lrp/analysis.ts';
import { assignRules, type Composite } from '../../src/lrp/composite.ts';
import type { Rule, RuleForm } from '../../src/lrp/rule.ts';
import type { Shape } from '../../src/tensor/tensor.ts';
import { constant, graphOf } from '../support/graph.ts';

const SHAPE: Shape = [1, 1, 4, 4];
const window: Window = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };
const WEIGHT = constant('w', [1, 1, 1, 1], [1]);

/** The form of the first layer, and of the second, of `first → between → second → Relu`. */
function forms(between: readonly GraphNode[], first: Rule, second: Rule): { first: RuleForm; second: RuleForm } {
  const nodes: GraphNode[] = [
    { name: 'first', op: 'Conv', window, groups: 1, inputs: ['x', 'w'], outputs: ['z'] },
    ...between,
    { name: 'second', op: 'Conv', window, groups: 1, inputs: [between.at(-1)!.outputs[0]!, 'w'], outputs: ['y'] },
    { name: 'end', op: 'Relu', inputs: ['y'], outputs: ['end'] },
  ];
  const shapes = Object.fromEntries(nodes.map(({ outputs }) => [outputs[0]!, SHAPE]));
  const graph = graphOf(SHAPE, nodes, shapes, { w: WEIGHT });
  const composite: Composite = {
    name: 'two rules',
    layers: [
      { match: { name: 'first' }, rule: first },
      { match: {}, rule: second },
    ],
    pooling: 'winner',
    lrn: 'pass',
  };
  const analysis = analyseRelevance(graph, composite, assignRules(graph, composite));
  return { first: analysis.forms.get('first')!, second: analysis.forms.get('second')! };
}

const relu: GraphNode = { name: 'relu', op: 'Relu', inputs: ['z'], outputs: ['a'] };
const pool: GraphNode = { name: 'pool', op: 'MaxPool', window, inputs: ['a'], outputs: ['p'] };
const clip = (min: number): GraphNode => ({ name: 'clip', op: 'Clip', min, max: 6, inputs: ['z'], outputs: ['c'] });

test('gamma keeps both branches unless relevance vanishes wherever the Relu cut', () => {
  for (const between of [[relu], [relu, pool]]) {
    assert.not(forms(between, { rule: 'gamma' }, { rule: 'epsilon' }).first.branch);
    // flat gives relevance to zeros too, and pooling hands it on to them.
    assert.ok(forms(between, { rule: 'gamma' }, { rule: 'flat' }).first.branch);
  }
});

test('the part for negative inputs is left out only where there can be none', () => {
  const rule = { rule: 'z-plus' } as const;
  assert.equal(forms([relu], rule, rule).first.expansion, { kind: 'signs' });
  assert.is(forms([relu], rule, rule).second.expansion, undefined);
  assert.is(forms([relu, pool], rule, rule).second.expansion, undefined);
  assert.is(forms([clip(0)], rule, rule).second.expansion, undefined);
  assert.equal(forms([clip(-1)], rule, rule).second.expansion, { kind: 'signs' });
});

test.run();
