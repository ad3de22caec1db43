import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OURS } from '../../docs/ladder/ladder.ts';
import type { Line } from '../../docs/ladder/line.ts';
import type { Adapter } from '../../docs/ladder/page/worker.ts';
import { RUNGS } from '../../docs/ladder/rungs.ts';
import { SIMD_RUNGS } from '../../docs/ladder/simd.ts';
import { hasChromium, type Page, until, withServedPage } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

interface Result {
  readonly commit: string;
  readonly size: string;
  readonly runs: number;
  readonly adapter: Adapter | null;
  readonly wgsl: readonly Line[];
  readonly simd: readonly Line[];
}

/** The ladder's page, loaded; `before` runs in it before its own modules do. */
async function onLadder(use: (page: Page) => Promise<void>, before = ''): Promise<void> {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  await withServedPage('docs/ladder/page/serve.js', async (page, address) => {
    const logged: string[] = [];
    page.on('console', (message) => logged.push(message.text?.() ?? ''));
    if (before !== '') await page.addInitScript({ content: before });
    await page.goto(address);
    await page.waitForSelector('#run:not([disabled])');
    await use(page);
    assert.equal(logged, []);
  });
}

/** Chooses the small size, presses the button, and gives the downloaded result when all is done. */
async function ran(page: Page): Promise<Result> {
  await page.selectOption('[name="size"]', 'small');
  await page.fill('[name="runs"]', '2');
  await page.click('#run');
  await until(page, `document.getElementById('stop').disabled`);
  const arriving = page.waitForEvent('download');
  await page.click('#download');
  const download = await arriving;
  assert.is(download.suggestedFilename(), 'ladder.json');
  return JSON.parse(readFileSync(await download.path(), 'utf8')) as Result;
}

/** Cells of a rung's row. */
const cellsOf = (page: Page, name: string) =>
  page.evaluate<string[]>(`[...document.querySelector('tr[data-rung="${name}"]').cells].map((e) => e.textContent)`);

test('in the page every rung gives the same numbers, on the GPU and in WASM SIMD', () =>
  onLadder(async (page) => {
    const { adapter, wgsl, simd, runs, size, commit } = await ran(page);
    assert.is(await page.textContent('#message'), '');
    assert.is(await page.textContent('#status'), 'done');
    const namesOf = (rungs: readonly { readonly name: string }[]) => rungs.map(({ name }) => name);
    assert.equal(namesOf(wgsl), namesOf([...RUNGS, ...OURS]));
    assert.equal(namesOf(simd), namesOf(SIMD_RUNGS));
    for (const { name, agrees, error, gigaflops, milliseconds, ratio, difference, ...line } of [...wgsl, ...simd]) {
      assert.is(agrees, name !== '14-distances-product', `${name}: ${error}`);
      assert.ok(gigaflops > 0 && milliseconds.median > 0 && milliseconds.count === 2, name);
      const cells = await cellsOf(page, name);
      assert.is(cells.at(-1), agrees ? '✓ yes' : '✗ as foretold');
      assert.is(cells.at(-3), ratio === undefined ? '–' : ratio.toFixed(2), name);
      const isFirst = /^(01|11|13)-|^(07-sc|09-su)/.test(name);
      assert.equal([ratio === undefined, difference === undefined], [isFirst, isFirst], `${name} of ${line.kind}`);
    }
    assert.equal([adapter!.vendor, adapter!.fallback, runs, size], ['google', true, 2, 'small']);
    assert.ok(commit.length > 5);
    const row = 'tr[data-rung="12-back-winograd"]';
    const isShown = `document.getElementById('source-12-back-winograd').checkVisibility()`;
    assert.is(await page.evaluate(isShown), false);
    await page.click(`${row} button`);
    assert.is(await page.evaluate(isShown), true);
    assert.is(await page.evaluate(`document.querySelector('${row} button').ariaExpanded`), 'true');
    const source = (await page.textContent('#source-12-back-winograd pre'))!;
    const files = ['prelude', 'packed', '10-winograd'];
    for (const file of files) {
      assert.ok(source.includes(readFileSync(`${repositoryRoot}docs/ladder/wgsl/${file}.wgsl`, 'utf8')), file);
    }
  }));

test('a rung that gives other numbers is named', () =>
  onLadder(
    async (page) => {
      const { wgsl } = await ran(page);
      assert.equal(
        wgsl.filter(({ agrees }) => !agrees).map(({ name }) => name),
        ['03-borders', '14-distances-product'],
      );
      assert.is(await page.textContent('#message'), 'other numbers than the truth: 03-borders');
      assert.is((await cellsOf(page, '03-borders')).at(-1), '✗ no');
    },
    `const { fetch } = window;
    window.fetch = async (address) => {
      const response = await fetch(address);
      if (!/03-borders/.test(address)) return response;
      return new Response((await response.text()).replace('sum = 0.0', 'sum = 0.001'));
    };`,
  ));

test('without WebGPU one line says so, and the rungs in WASM SIMD run', () =>
  onLadder(async (page) => {
    const said = /^This browser has no WebGPU \([^\n]+$/;
    assert.match((await page.textContent('#message'))!, said);
    const { adapter, wgsl, simd } = await ran(page);
    assert.match((await page.textContent('#message'))!, said);
    assert.equal([adapter, wgsl.length, simd.length], [null, 0, SIMD_RUNGS.length]);
  }, 'delete Navigator.prototype.gpu'));

test('it stops when it is told to, and runs again', () =>
  onLadder(async (page) => {
    await page.click('#run');
    await until(page, `/^1 of /.test(document.getElementById('status').textContent)`);
    await page.click('#stop');
    await until(page, `!document.getElementById('run').disabled`);
    assert.is(await page.textContent('#message'), 'stopped');
    await page.click('[name="wgsl"]');
    const { wgsl, simd } = await ran(page);
    assert.equal([wgsl.length, simd.length], [0, SIMD_RUNGS.length]);
    assert.is(await page.textContent('#message'), '');
  }));

test('axe-core finds nothing, light and dark; nothing sticks out at phone width', () =>
  onLadder(async (page) => {
    await page.evaluate(readFileSync(`${repositoryRoot}test/node_modules/axe-core/axe.min.js`, 'utf8'));
    await page.click('[name="wgsl"]');
    await ran(page);
    await page.click('tr[data-rung="09-eight-by-eight"] button');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
          'axe.run()',
        );
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
        assert.equal(found, [], `${colorScheme}, ${width} pixels wide`);
        const sticksOut = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(sticksOut <= 0, `${sticksOut} pixels stick out at ${width}`);
      }
    }
  }));

test.run();
