import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasChromium, type Page, withPage } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

/** Opens the page from its server. */
async function withBenchPage(use: (page: Page) => Promise<void>): Promise<void> {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  const server = spawn(process.execPath, [`${repositoryRoot}dist/bench/serve-page.js`, '0']);
  try {
    const address = (await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()).value as string;
    await withPage(async (page) => {
      const errors: (string | undefined)[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(address);
      await use(page);
      assert.equal(errors, []);
    });
  } finally {
    server.kill();
  }
}

/** Fills fields, presses the button, and gives the first status that says how it ended. */
function submitted(page: Page, fields: Readonly<Record<string, string | boolean>>): Promise<string> {
  return page.evaluate(`new Promise((resolve) => {
    const [form, status] = ['form', '#status'].map((selector) => document.querySelector(selector));
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      form.elements[name][typeof value === 'boolean' ? 'checked' : 'value'] = value;
    }
    new MutationObserver(() => {
      if (/^(done|failed)/.test(status.textContent)) resolve(status.textContent);
    }).observe(status, { childList: true });
    form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  })`);
}

test('the page opens isolated, loads its modules, and refuses what it cannot measure', async () => {
  await withBenchPage(async (page) => {
    assert.is(await page.evaluate('crossOriginIsolated'), true);
    const nonsense = await submitted(page, { composite: 'nonsense' });
    assert.match(nonsense, /^failed: there is no composite "nonsense"; choose one of epsilon-plus/);
    await page.evaluate('globalThis.opened = 0; navigator.gpu.requestAdapter = async () => { opened++; return null; }');
    const fields = { device: 'webgpu', composite: 'epsilon-plus', batch: '1', rounds: '3' };
    for (const [name, absurd] of Object.entries({ batch: ['', '0', '1.5', '100000'], rounds: ['', '0', '1e9'] })) {
      for (const text of absurd) {
        const status = await submitted(page, { ...fields, [name]: text });
        assert.ok(status.startsWith(`failed: ${name} is "${text}"; expected a whole number from 1 to `), status);
        assert.is(await page.evaluate(`document.querySelector('form').checkValidity()`), false);
      }
    }
    assert.is(await page.evaluate('opened'), 0);
  });
});

test('in the page, one thread reaches the rate that a convolution shows it to have', async () => {
  await withBenchPage(async (page) => {
    const share = await page.evaluate<number>(
      `import('/dist/test/support/best-share.js').then((module) => module.directConvolutionShare())`,
    );
    console.log(`a direct convolution reaches ${share.toFixed(2)} of the peak`);
    assert.ok(share < 2, `the convolution is ${share.toFixed(1)} times as fast as multiply-adds in registers`);
  });
});

test.run();
