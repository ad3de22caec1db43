import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasChromium, withPage } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

test('the page opens isolated, loads its modules, and says what it cannot measure', async () => {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  const server = spawn(process.execPath, [`${repositoryRoot}dist/bench/serve-page.js`, '0']);
  try {
    const address = (await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()).value as string;
    await withPage(async (page) => {
      const errors: (string | undefined)[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(address);
      assert.is(await page.evaluate('crossOriginIsolated'), true);
      const status = await page.evaluate<string>(`new Promise((resolve) => {
        const status = document.querySelector('#status');
        document.querySelector('[name=composite]').value = 'nonsense';
        new MutationObserver(() => resolve(status.textContent)).observe(status, { childList: true });
        document.querySelector('form').requestSubmit();
      })`);
      assert.match(status, /^failed: there is no composite "nonsense"; choose one of epsilon-plus/);
      assert.equal(errors, []);
    });
  } finally {
    server.kill();
  }
});

test.run();
