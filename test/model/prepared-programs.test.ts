import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SalientError } from '../../src/error.ts';
import { PreparedPrograms } from '../../src/model/prepared-programs.ts';
import type { Executable } from '../../src/tensor/device.ts';

const program = (close = () => undefined) => ({ executable: { close } as unknown as Executable });

test('a call that waits for another’s preparation ends with its own signal, at once', async () => {
  const cache = new PreparedPrograms(4);
  let finish = (): void => undefined;
  const slow = new Promise<ReturnType<typeof program>>((resolve) => {
    finish = () => resolve(program());
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
    async () => program(),
    async () => 'ran too',
    controller.signal,
  );
  controller.abort();
  assert.is(await second.catch((error: SalientError) => error.code), 'aborted');
  finish();
  assert.is(await first, 'ran');
});

test('a program whose preparation ends after the cache is closed is closed too', async () => {
  const cache = new PreparedPrograms(4);
  let closed = 0;
  const late = cache.use(
    'key',
    async () => program(() => void closed++),
    async () => 'ran',
    undefined,
  );
  cache.close();
  assert.is(await late.catch(({ code }: { code: string }) => code), 'closed');
  assert.is(closed, 1);
});

test.run();
