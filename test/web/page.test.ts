import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage, loadModel, openDevice, type Tensor } from '../../src/index.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { hasChromium, ISOLATED, type Page, until, withPage, withServer } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

const site = `${repositoryRoot}dist/web-page`;
const HEADERS = {
  ...ISOLATED,
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'",
};
const built = spawnSync(process.execPath, [`${repositoryRoot}web/site.mjs`], { encoding: 'utf8' });

/** The page on a server of its own; it must not log anything. */
async function onPage(use: (page: Page) => Promise<void>, hash = '', headers: Record<string, string> = HEADERS) {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  await withServer(
    site,
    (origin) =>
      withPage(async (page) => {
        const errors: string[] = [];
        page.on('console', (message) => errors.push(message.text?.() ?? ''));
        page.on('pageerror', (error) => errors.push(error.message ?? ''));
        await page.goto(`${origin}/index.html${hash}`);
        await page.waitForSelector('.panel .classes button');
        await use(page);
        assert.equal(errors, []);
      }),
    headers,
  );
}

const idle = (page: Page) => until(page, `document.getElementById('cancel').disabled`);
const explained = (page: Page) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('.classes [aria-pressed="true"] span')].map((e) => e.textContent)`,
  );

/** Drops a file on the page: one of the site, or made of these bytes. */
async function drop(page: Page, name: string, source: string): Promise<void> {
  await page.evaluate(`(async () => {
    const blob = ${source};
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob], '${name}', { type: blob.type }));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  })()`);
}
const fetched = (path: string) => `await (await fetch('${path}')).blob()`;

/** What the page gives as its relevance to whoever saves it. */
async function relevanceOf(page: Page): Promise<{ readonly name: string; readonly data: Tensor['data'] }> {
  const arriving = page.waitForEvent('download');
  await page.click('.panel button:has-text("maps (.npy)")');
  const download = await arriving;
  return { name: download.suggestedFilename(), data: readNpy(readFileSync(await download.path())).data };
}

test('the site is built', () => {
  assert.is(built.status, 0, built.stderr);
});

test('its maps are the command line’s, on wasm; a class is clicked; the montage is saved', () =>
  onPage(async (page) => {
    using device = await openDevice('wasm', { threads: 2 });
    using model = await loadModel(device, `${repositoryRoot}models/scenes-vgg.onnx`);
    const photo = await decodeImage(readFileSync(`${repositoryRoot}models/samples/cup-2000010.png`));
    await page.click('#scenes button:nth-of-type(3)');
    await until(page, `document.querySelector('.classes [aria-pressed="true"]')?.textContent.startsWith('cup')`);
    await idle(page);
    for (const label of ['cup', 'snail']) {
      if (label !== 'cup') await page.fill('.panel .other', label);
      if (label !== 'cup') await page.press('.panel .other', 'Enter');
      await idle(page);
      assert.match((await explained(page))[0]!, new RegExp(`^${label}`));
      const expected = await model.explain(photo, { target: label });
      const { name, data } = await relevanceOf(page);
      assert.is(name, 'cup-2000010.scenes-vgg.relevance.npy');
      const largest = [...expected.relevance.data].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = [...expected.relevance.data].reduce(
        (most, value, i) => Math.max(most, Math.abs(value - data[i]!)),
        0,
      );
      assert.ok(off <= 1e-6 * largest, `${label}: relevance differs by ${off / largest} of its largest value`);
    }
    const arriving = page.waitForEvent('download');
    await page.click('.panel button:has-text("montage")');
    const png = await decodeImage(readFileSync(await (await arriving).path()));
    assert.ok(png.width > 600 && png.height > 200);
  }, '#scene=cup-2000010'));

test('two networks under one cursor; layers, a layer’s rule, and the shader behind it', () =>
  onPage(async (page) => {
    await page.click('#second');
    await until(page, `document.querySelectorAll('.panel .classes button').length === 10`);
    await idle(page);
    await page.hover('.panel:nth-child(2) .maps canvas');
    const values = await page.evaluate<string[]>(`[...document.querySelectorAll('.value')].map((e) => e.textContent)`);
    for (const value of values) assert.match(value, /^x \d+, y \d+: relevance -?[\d.e-]+, SR [01]\.\d{3}$/);
    const before = await page.evaluate<string>(
      `document.querySelector('.panel .maps canvas:nth-child(1)').toDataURL()`,
    );
    assert.ok(before.length > 1000);
    await page.click('.panel:nth-child(1) button:has-text("Layers")');
    await page.waitForSelector('.strip button');
    await page.click('.strip button:has-text("features.12")');
    const rows = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.detail td')].map((e) => e.textContent)`,
    );
    const [arrived, below, bias, stabilizer, missing] = rows.map(Number) as [number, number, number, number, number];
    assert.ok(Math.abs(arrived - below - bias - stabilizer - missing) < 1e-3 * arrived, rows.join(' '));
    assert.is(await page.evaluate<number>(`document.querySelectorAll('.channels canvas').length`), 8);
    await page.click('.channels figure:nth-child(1) button');
    await page.waitForSelector('.window');
    const numbers = (await page.textContent('.window p'))!;
    const [, count, z, has] = /over (\d+) inputs, .*: (-?[\d.e-]+); the network has (-?[\d.e-]+) there/.exec(numbers)!;
    assert.ok(Number(count) > 100, numbers);
    assert.ok(Math.abs(Number(z) - Number(has)) <= 1e-3 * Math.abs(Number(has)), numbers);
    await page.click('.detail summary');
    await until(page, `/@compute/.test(document.querySelector('.detail pre').textContent)`);
    await page.selectOption('.detail select', 'flat');
    await until(page, `/1 rules edited/.test(document.querySelector('.panel .hint').textContent)`);
    await until(page, `/features.12.*flat/.test(document.querySelector('.strip')?.textContent ?? '')`);
  }));

test('files that are dropped: a network of one’s own, a photograph of 20 megapixels, a corrupt one, a corrupt network', () =>
  onPage(async (page) => {
    await page.evaluate(`window.long = 0; new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.long = Math.max(window.long, duration);
    }).observe({ type: 'longtask' })`);
    await drop(page, 'mine.onnx', fetched('/models/scenes-alexnet.onnx'));
    await until(page, `document.querySelector('.panel h3').textContent === 'mine.onnx'`);
    await page.waitForSelector('.classes button');
    await idle(page);
    const large = `await (async () => {
      const canvas = new OffscreenCanvas(5000, 4000);
      const context = canvas.getContext('2d');
      context.drawImage(await createImageBitmap(${fetched('/scenes/snail-2000006.png')}), 500, 0, 4000, 4000);
      return canvas.convertToBlob({ type: 'image/jpeg' });
    })()`;
    await page.evaluate('window.long = 0');
    await drop(page, 'large.jpg', large);
    await page.evaluate('window.long = 0'); // drawing and encoding it was the test's own work
    await until(page, `!document.getElementById('cancel').disabled`);
    await idle(page);
    assert.match((await explained(page))[0]!, /^snail/);
    const longest = await page.evaluate<number>('window.long');
    console.log(`20 megapixels: the page's longest task took ${longest} ms`);
    assert.ok(longest <= 100, `the page's thread was busy for ${longest} ms`);
    for (const [name, bytes] of [
      ['broken.png', '137, 80, 78, 71, 13, 10'],
      ['broken.onnx', '1, 2, 3, 4'],
    ]) {
      await drop(page, name!, `new Blob([Uint8Array.of(${bytes})], { type: 'image/png' })`);
      await until(page, `document.getElementById('message').textContent !== ''`);
      const said = (await page.textContent('#message'))!;
      assert.match(said, /^[^\n]{10,300}$/);
      assert.not.match(said, /fault of this page/);
      await page.click('#scenes button:nth-of-type(2)');
      await until(page, `document.querySelector('.classes [aria-pressed="true"]')?.textContent.startsWith('car')`);
      await idle(page);
      await until(page, `document.getElementById('message').textContent === ''`);
    }
  }));

test('a network is downloaded after its size was said, kept over a reload, opened again and removed', async () => {
  const registry = `${site}/models/registry.json`;
  const known = JSON.parse(readFileSync(registry, 'utf8')) as { name: string; bytes: number; addresses: string[] }[];
  assert.is(known.find(({ name }) => name === 'vgg16')!.bytes, 553_437_938);
  assert.match(known[0]!.addresses[0]!, /^https:\/\/huggingface\.co\/onnxmodelzoo\/.*\.onnx$/);
  const bytes = readFileSync(`${site}/models/scenes-alexnet.onnx`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const common = { about: 'for a test', bytes: bytes.length, addresses: ['models/scenes-alexnet.onnx'] };
  writeFileSync(
    registry,
    JSON.stringify([
      { ...common, name: 'good', file: 'good.onnx', sha256 },
      { ...common, name: 'bad', file: 'bad.onnx', sha256: '0'.repeat(64) },
    ]),
  );
  const size = `${(bytes.length / 1e6).toFixed(1)} MB`;
  await onPage(async (page) => {
    await idle(page);
    const rows = () =>
      page.evaluate<string[]>(`[...document.querySelectorAll('#network-list li')].map((e) => e.innerText)`);
    await page.click('#networks summary');
    await page.waitForSelector('#network-list button');
    assert.match((await rows())[0]!, new RegExp(`^good for a test; ${size}\\s*Download ${size}$`));
    await page.click('#network-list li:nth-child(1) button');
    await until(page, `document.querySelector('.panel h3').textContent === 'good'`);
    await idle(page);
    await until(page, `/kept here/.test(document.querySelector('#network-list li').innerText)`);
    await page.click('#network-list li:nth-child(2) button');
    await until(page, `/its SHA-256 is/.test(document.getElementById('message').textContent)`);
    await page.goto('about:blank');
    await page.goBack();
    await page.waitForSelector('.panel .classes button');
    await idle(page);
    await page.click('#networks summary');
    await page.waitForSelector('#network-list button:has-text("Remove")');
    assert.match((await rows())[0]!, /kept here\s*Open\s*Remove$/);
    await page.click('#network-list li:nth-child(1) button:has-text("Open")');
    await until(page, `document.querySelector('.panel h3').textContent === 'good'`);
    await idle(page);
    await page.click('#network-list li:nth-child(1) button:has-text("Remove")');
    await until(page, `!/kept here/.test(document.querySelector('#network-list li').innerText)`);
  });
});

test('the camera is explained as it moves, its rate is said, and it stops', () =>
  onPage(async (page) => {
    await idle(page);
    await page.click('#camera');
    await until(page, `/^[\\d.]+ explanations a second$/.test(document.getElementById('rate').textContent)`);
    await until(page, `parseFloat(document.getElementById('rate').textContent) > 0`);
    const picture = `document.querySelector('.panel .maps canvas').toDataURL()`;
    const before = await page.evaluate<string>(picture);
    await until(page, `${picture} !== ${JSON.stringify(before)}`);
    assert.is(await page.evaluate(`document.getElementById('live').hidden`), false);
    console.log(await page.textContent('#rate'));
    await page.click('#camera');
    await until(page, `document.getElementById('live').hidden && document.getElementById('rate').hidden`);
    await idle(page);
    assert.is(await page.evaluate(`document.getElementById('live').srcObject`), null);
    assert.is(await page.textContent('#message'), '');
    await page.click('#scenes button:nth-of-type(3)');
    await until(page, `document.querySelector('.classes [aria-pressed="true"]')?.textContent.startsWith('cup')`);
  }));

test('it is said where the time went', () =>
  onPage(async (page) => {
    await until(page, `document.querySelector('.timings').textContent !== ''`);
    await idle(page);
    const text = (await page.textContent('.timings'))!;
    assert.match(text, /^Time in ms: open \d+, .*forward \d+, relevance \d+, SR map \d+$/);
    const parts = [...text.matchAll(/(\d+)(?=,|$)/g)].map(([part]) => Number(part));
    const total = parseFloat((await page.textContent('.panel .hint'))!);
    const phases = parts.slice(1).reduce((sum, part) => sum + part, 0);
    assert.ok(phases > 0 && phases <= total + parts.length, `${text}; in all ${total}`);
  }));

test('a long computation is cancelled; the next one runs', () =>
  onPage(async (page) => {
    await idle(page);
    await page.selectOption('#method', 'occlusion');
    await until(page, `!document.getElementById('cancel').disabled`);
    await page.click('#cancel');
    await idle(page);
    await page.selectOption('#method', 'gradient');
    await idle(page);
    assert.is(await page.textContent('#message'), '');
    assert.match((await page.textContent('#rule-text'))!, /^How the score would change/);
  }));

test('a link restores what it was copied with', () =>
  onPage(async (page) => {
    await until(page, `document.querySelectorAll('.panel .classes button').length >= 10`);
    const state = `['method', 'composite', 'saliency', 'opacity'].map((id) => document.getElementById(id).value).join()`;
    assert.is(await page.evaluate<string>(state), 'lrp,epsilon-alpha2-beta1,paper,40');
    assert.match((await explained(page))[0]!, /^fish/);
  }, '#models=scenes-vgg,scenes-alexnet&scene=fish-2000005&composite=epsilon-alpha2-beta1&saliency=paper&opacity=40&method=nonsense'));

test('WebGPU, where it is asked for; one thread, and why, where the page is not isolated', async () => {
  await onPage(async (page) => {
    assert.match((await page.textContent('#device'))!, /^webgpu/i);
    await idle(page);
    assert.match((await explained(page))[0]!, /^snail/);
  }, '#device=webgpu');
  await onPage(
    async (page) => {
      assert.match((await page.textContent('#device'))!, /1 thread \(the page is not cross-origin isolated\)/);
    },
    '#device=wasm',
    {},
  );
});

test('two tabs at once, on one GPU: each has its own scene, and the maps are those of a tab alone', () =>
  onPage(async (page) => {
    await idle(page);
    const alone = await relevanceOf(page);
    const address = await page.evaluate<string>('location.origin + location.pathname');
    const tabs = [page, await page.context().newPage()] as const;
    const scenes = ['snail-2000006', 'fish-2000005'];
    await Promise.all(tabs.map((tab, index) => tab.goto(`${address}?${index}#device=webgpu&scene=${scenes[index]}`)));
    await Promise.all(
      tabs.map(async (tab, index) => {
        await until(tab, `document.querySelector('.classes [aria-pressed="true"]')`);
        await idle(tab);
        assert.match((await tab.textContent('#device'))!, /^webgpu/i);
        assert.match((await explained(tab))[0]!, new RegExp(`^${scenes[index]!.split('-')[0]}`));
      }),
    );
    assert.equal(await relevanceOf(page), alone);
  }, '#device=webgpu&scene=snail-2000006'));

test('axe-core finds nothing, with layers open too; nothing sticks out at phone width', () =>
  onPage(async (page) => {
    await page.evaluate(readFileSync(`${repositoryRoot}test/node_modules/axe-core/axe.min.js`, 'utf8'));
    await page.click('.panel button:has-text("Layers")');
    await page.waitForSelector('.strip button');
    await page.click('.strip button:has-text("features.12")');
    await page.click('.channels figure:nth-child(1) button');
    await page.waitForSelector('.window');
    await page.click('#networks summary');
    await page.waitForSelector('#network-list button');
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run()',
      );
      assert.equal(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`),
        [],
      );
      const sticksOut = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(sticksOut <= 0, `${sticksOut} pixels stick out at ${width}`);
    }
    const folder = process.env.SALIENT_SCREENSHOTS ?? tmpdir();
    await page.screenshot({ path: join(folder, 'salient-page-phone.png') });
  }));

test.run();
