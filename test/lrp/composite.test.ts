import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GraphNode } from '../../src/graph/graph.ts';
import { assignRules, COMPOSITE_NAMES, composite, type LayerMatch } from '../../src/lrp/composite.ts';
import { constant, graphOf } from '../support/graph.ts';

const dense = (name: string, input: string, output: string): GraphNode => {
  return { name, op: 'Dense', weights: 'oi', inputs: [input, 'w'], outputs: [output] };
};
const NODES: GraphNode[] = [
  dense('net.0/a', 'x', '0'),
  { name: 'relu', op: 'Relu', inputs: ['0'], outputs: ['1'] },
  { name: 'view', op: 'Reshape', inputs: ['1'], outputs: ['v'] },
  dense('net.2/a', 'v', '2'),
  dense('net.3/b', '2', '3'),
];
const SHAPES = Object.fromEntries(NODES.map(({ outputs }) => [outputs[0]!, [1, 1]]));
const graph = graphOf([1, 1], NODES, SHAPES, { w: constant('w', [1, 1], [1]) });

/** Names of the layers that a match fits. */
function matched(match: LayerMatch): string[] {
  const layers = [
    { match, rule: { rule: 'flat' } },
    { match: {}, rule: { rule: 'zero' } },
  ] as const;
  const rules = assignRules(graph, { name: 'test', layers, pooling: 'winner', lrn: 'pass' });
  return [...rules].filter(([, { rule }]) => rule === 'flat').map(([name]) => name);
}

test('layers are matched by type, place and name, and all that is said must hold', () => {
  assert.equal(matched({}), ['net.0/a', 'net.2/a', 'net.3/b']);
  assert.equal(matched({ type: 'conv' }), []);
  assert.equal(matched({ first: true }), ['net.0/a']);
  assert.equal(matched({ first: false, name: '*/a' }), ['net.2/a']);
  assert.equal(matched({ name: 'net.*' }), ['net.0/a', 'net.2/a', 'net.3/b']);
});

test('positions count every node but Reshapes, both ends included', () => {
  assert.equal(matched({ positions: [0, 1] }), ['net.0/a']);
  assert.equal(matched({ positions: [2, 3] }), ['net.2/a', 'net.3/b']);
  assert.equal(matched({ positions: [3, 9] }), ['net.3/b']);
});

test('a name that fits no layer is refused with the names there are', () => {
  assert.throws(() => matched({ name: 'netx0/a' }), /"netx0\/a".*net\.0\/a, net\.2\/a, net\.3\/b/);
  assert.throws(() => matched({ name: 'net?0/a' }), /"net\?0\/a"/);
});

test('every ready-made composite has a rule for every layer', () => {
  for (const name of COMPOSITE_NAMES) {
    assert.is(assignRules(graph, composite(name, { low: [-1], high: [1] })).size, 3, name);
  }
});

test('a parameter that no rule of the composite takes is refused', () => {
  assert.throws(() => composite('epsilon-plus', { gamma: 5 }), /epsilon-plus takes no gamma; .*epsilon-gamma-box/);
  assert.throws(() => composite('excitation-backprop', { epsilon: 1 }), /takes no epsilon/);
  assert.throws(() => composite('nothing', { epsilon: 1 }), /there is no composite "nothing"/);
  assert.is(composite('montavon', { gamma: 0.1, low: [0], high: [1] }).name, 'montavon');
});

test('excitation-backprop is z-plus everywhere, epsilon-plus has epsilon in dense layers', () => {
  const used = (name: string) => new Set([...assignRules(graph, composite(name)).values()].map(({ rule }) => rule));
  assert.equal(used('excitation-backprop'), new Set(['z-plus']));
  assert.equal(used('epsilon-plus'), new Set(['epsilon']));
});

test('of the ready-made composites only montavon pools by average, and only salient-relevance has an ε of its own', () => {
  const all = COMPOSITE_NAMES.map((name) => composite(name, { low: [-1], high: [1] }));
  const named = (fits: (one: (typeof all)[number]) => boolean) => all.filter(fits).map(({ name }) => name);
  assert.equal(
    named(({ pooling }) => pooling === 'average'),
    ['montavon'],
  );
  assert.equal(
    named(({ normEpsilon }) => normEpsilon === 1e-9),
    ['salient-relevance'],
  );
});

test.run();
