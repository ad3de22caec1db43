import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './support/paths.ts';

test("the site's pages: every document is there, and every link leads to a page or a picture", async () => {
  const { writePages } = await import(`${repositoryRoot}docs/site/pages.mjs`);
  const folder = mkdtempSync(join(tmpdir(), 'salient-site-'));
  const listed: string[] = writePages(folder);
  const pages = readdirSync(folder);
  const documents = readdirSync(join(repositoryRoot, 'docs')).filter((name) => name.endsWith('.md'));
  assert.equal(
    documents.filter((name) => !listed.includes(`docs-${name}`)),
    [],
  );
  assert.ok(listed.every((name) => pages.includes(name)));
  assert.ok(pages.includes('src-kernels-conv-operation.ts.md'), "a kernel's source");
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(folder, page), 'utf8').replaceAll(/^(`{3,}).*?^\1$/gms, '');
    return [...text.matchAll(/\]\(([^)#\s]+)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(folder, target)))
      .map((target) => `${page}: ${target}`);
  });
  rmSync(folder, { recursive: true });
  assert.equal(broken, []);
});

test.run();
