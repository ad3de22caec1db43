import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './support/paths.ts';

/** What a package's entry gives to others: names, and the files in which they are declared. */
function exportsOf(entry: string): { readonly name: string; readonly file: string }[] {
  const text = readFileSync(join(repositoryRoot, entry), 'utf8');
  const again = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gms)].flatMap(([, names, from]) =>
    names!
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => ({ name, file: join(dirname(entry), from!) })),
  );
  const own = [...text.matchAll(/^export (?:async )?(?:function|class|interface|type|const) (\w+)/gm)].map(
    ([, name]) => ({ name: name!, file: entry }),
  );
  return [...again, ...own];
}

/** Whether a docstring stands before a declaration. */
function isDescribed(file: string, name: string): boolean {
  const text = readFileSync(join(repositoryRoot, file), 'utf8');
  const passedOn = exportsOf(file).find((each) => each.name === name && each.file !== file);
  if (passedOn !== undefined) return isDescribed(passedOn.file, name);
  const lines = text.split('\n');
  const declared = new RegExp(`^export (?:async |abstract )?(?:function|class|interface|type|const) ${name}\\b`);
  const at = lines.findIndex((line) => declared.test(line));
  assert.ok(at >= 0, `${file} declares no ${name}`);
  return lines[at - 1]?.endsWith('*/') ?? false;
}

for (const entry of ['src/index.ts', 'src/browser/canvas.ts', 'src/worker/open-worker.ts']) {
  test(`every export of ${entry} says what it is`, () => {
    const exported = exportsOf(entry);
    assert.ok(exported.length > 5);
    const silent = exported.filter(({ name, file }) => !isDescribed(file, name));
    assert.equal(
      silent.map(({ name, file }) => `${file}: ${name}`),
      [],
    );
  });
}

test.run();
