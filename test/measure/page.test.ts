import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type PeerTimes, peersReport } from '../../bench/page/peers.ts';
import type { BenchmarkResult } from '../../src/measure/benchmark.ts';
import { hasChromium, type Page, withServedPage } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

/** Opens the page from its server. */
async function withBenchPage(use: (page: Page) => Promise<void>): Promise<void> {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  await withServedPage('bench/serve-page.js', async (page, address) => {
    await page.goto(address);
    await use(page);
  });
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

test('the page offers its results as files, and compares equal kinds of devices', async () => {
  const peers = existsSync(`${repositoryRoot}bench/node_modules/onnxruntime-web`);
  await withBenchPage(async (page) => {
    // Without an adapter, onnxruntime has no webgpu, which would take a minute on a software GPU.
    await page.evaluate('navigator.gpu.requestAdapter = async () => null');
    const fields = { device: 'wasm', model: 'alexnet', rounds: '1', kernels: true, peers };
    assert.is(await submitted(page, fields), 'done');
    const files = await page.evaluate<Record<string, string>>(`(async () => {
      const files = {};
      for (const link of document.querySelectorAll('#files a')) files[link.download] = await (await fetch(link)).text();
      return files;
    })()`);
    const plots = ['epsilon-plus', 'SR-sum', 'SR-paper'].map((program) => `roofline.alexnet.1.${program}.svg`);
    assert.equal(Object.keys(files), ['bench.md', 'bench.json', ...plots]);
    const [markdown, json, plot] = Object.values(files);
    assert.is(await page.evaluate(`document.querySelector('#report').textContent`), markdown);
    assert.match(plot!, /^<svg [\s\S]*>alexnet, batch 1, epsilon-plus: wasm \(/);
    const result = JSON.parse(json!) as BenchmarkResult & { peers?: PeerTimes[] };
    assert.match(result.device, /^wasm/);
    if (!peers) return;
    const [, wasm, webgpu] = result.peers!;
    assert.match(wasm!.runtime, /^onnxruntime-web 1\./);
    assert.ok(wasm!.ratio!.median > 0 && wasm!.difference! < 1e-3);
    assert.ok(webgpu!.absent !== undefined && webgpu!.ratio === undefined);
  });
});

test('a report names both devices, and gives a ratio only where there is one', () => {
  const milliseconds = { median: 20, low: 10, high: 30, count: 3 };
  const report = peersReport([
    { runtime: 'salient-relevance', device: 'wasm (SIMD, 2 threads)', milliseconds },
    { runtime: 'onnxruntime-web 1', device: 'wasm (2 threads)', milliseconds, ratio: milliseconds, difference: 1e-6 },
    { runtime: 'onnxruntime-web 1', device: 'webgpu', milliseconds, difference: 1e-6 },
    { runtime: 'onnxruntime-web 1', device: 'webgpu', difference: 0.5 },
  ]);
  assert.equal(report.trim().split('\n').slice(-4), [
    '| salient-relevance | wasm (SIMD, 2 threads) | 20.0 | 10.0–30.0 | - | - |',
    '| onnxruntime-web 1 | wasm (2 threads) | 20.0 | 10.0–30.0 | 20.00 × (10.00–30.00) | 1.0e-6 |',
    '| onnxruntime-web 1 | webgpu | 20.0 | 10.0–30.0 | another kind of device | 1.0e-6 |',
    '| onnxruntime-web 1 | webgpu | results differ | - | - | 5.0e-1 |',
  ]);
});

test.run();
