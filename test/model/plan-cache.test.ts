import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PlanCache } from '../../src/model/plan-cache.ts';
import type { Executable } from '../../src/tensor/device.ts';

const plan = (close = () => undefined) => ({ executable: { close } as unknown as Executable });

test('a call that waits for another’s preparation ends with its own signal, at once', async () => {
  const cache = new PlanCache(4);
  let finish = (): void => undefined;
  const slow = new Promise<ReturnType<typeof plan>>((resolve) => {
    finish = () => resolve(plan());
  });
  const first = cache.use(
    'key',
    () => slow,
    async () => 'ran',
    undefined,
  );
  const controller = new AbortController();
  const second = cache.use(
    'key',
    async () => plan(),
    async () => 'ran too',
    controller.signal,
  );
  controller.abort();
  assert.is(await second.catch((reason: Error) => reason.name), 'AbortError');
  finish();
  assert.is(await first, 'ran');
});

test('a plan whose preparation ends after the cache is closed is closed too', async () => {
  const cache = new PlanCache(4);
  let closed = 0;
  const late = cache.use(
    'key',
    async () => plan(() => void closed++),
    async () => 'ran',
    undefined,
  );
  cache.close();
  assert.is(await late.catch(({ code }: { code: string }) => code), 'closed');
  assert.is(closed, 1);
});

test.run();
