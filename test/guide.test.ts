import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './support/paths.ts';

const PAGE = readFileSync(join(repositoryRoot, 'docs', 'guide', 'README.md'), 'utf8');

/** The contents of a page's code blocks of one kind. */
function blocks(kind: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text!);
}

test("the guide's snippets print what the guide says", () => {
  const folder = mkdtempSync(join(tmpdir(), 'salient-guide-'));
  const dist = pathToFileURL(join(repositoryRoot, 'dist')).href;
  const program = blocks('js').join('\n').replaceAll("'./dist/", `'${dist}/`);
  const file = join(folder, 'guide.mjs');
  writeFileSync(file, program);
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  assert.is(status, 0, stderr);
  assert.is(stdout, blocks('text').join(''));
});

/** Markdown files of a folder, those in other packages apart. */
function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'out', '.git'].includes(entry.name) ? [] : pages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

test('every link of every page leads to a file', () => {
  const broken = pages(repositoryRoot).flatMap((page) => {
    const text = readFileSync(page, 'utf8').replaceAll(/```.*?```/gs, '');
    return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(page), target)))
      .map((target) => `${page.slice(repositoryRoot.length)}: ${target}`);
  });
  assert.equal(broken, []);
});

test.run();
