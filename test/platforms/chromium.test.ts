import { test } from 'uvu';
import { hasChromium, withPage, withServer } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { assertSuite, skipped } from '../support/platform.ts';
import type { SuiteResult } from './kernel-suite.ts';

test('headless Chromium runs every kernel like reference', async () => {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  await withServer(`${repositoryRoot}dist`, async (origin) => {
    await withPage(async (page) => {
      await page.goto(origin);
      const suite = `import('/test/platforms/kernel-suite.js').then((module) => module.runKernelSuite())`;
      assertSuite(await page.evaluate<SuiteResult>(suite));
    });
  });
});

test.run();
