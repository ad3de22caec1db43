import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { interleave } from '../../src/measure/interleave.ts';
import { pairedRatio, summarize } from '../../src/measure/statistics.ts';

test('a summary has the median and the outer percentiles, interpolated', () => {
  const values = Array.from({ length: 21 }, (_, index) => 20 - index);
  assert.equal(summarize(values), { median: 10, low: 1, high: 19, count: 21 });
  assert.is(summarize([4, 1]).median, 2.5);
  assert.equal(summarize([7]), { median: 7, low: 7, high: 7, count: 1 });
  assert.throws(() => summarize([]), /no measurement/);
});

test('ratios are taken round by round, so that a slow round leaves them as they are', () => {
  assert.is(pairedRatio([1, 100, 2], [2, 200, 4]).high, 2);
  assert.is(pairedRatio([1, 100, 2], [2, 200, 4]).low, 2);
});

test('rounds below the resolution of the clock are no ratios', () => {
  assert.equal(pairedRatio([0, 1, 2], [1, 1, 0]), { median: 1, low: 1, high: 1, count: 1 });
  assert.throws(() => pairedRatio([0], [1]), /no measurement/);
});

test('contestants take turns, and each begins a round now and then', async () => {
  const order: string[] = [];
  const contestant = (name: string) => ({
    name,
    async run() {
      order.push(name);
      return order.length;
    },
  });
  const times = await interleave([contestant('a'), contestant('b')], { rounds: 4 });
  assert.is(order.join(''), 'ababab' + 'abbaabba');
  assert.equal(
    [...times].map(([name, values]) => [name, values.length]),
    [
      ['a', 4],
      ['b', 4],
    ],
  );
  assert.is(times.get('b')![1], 9);
});

test('no round begins once the time is over, but the least number is run', async () => {
  const slow = { name: 'slow', run: () => new Promise<number>((resolve) => setTimeout(() => resolve(1), 5)) };
  const times = await interleave([slow], { rounds: 50, leastRounds: 2, milliseconds: 1 });
  assert.is(times.get('slow')!.length, 2);
});

test('an aborted signal stops before the next run', async () => {
  const controller = new AbortController();
  let runs = 0;
  const contestant = {
    name: 'a',
    async run() {
      if (++runs === 5) controller.abort(new Error('enough'));
      return 1;
    },
  };
  try {
    await interleave([contestant], { signal: controller.signal });
    assert.unreachable();
  } catch (error) {
    assert.is(((error as Error).cause as Error).message, 'enough');
  }
  assert.is(runs, 5);
});

test.run();
