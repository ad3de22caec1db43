import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './paths.ts';

/** The entries of the package that are written by hand; the browser's one module is made of the three. */
export const ENTRIES = {
  'salient-relevance': 'src/index.ts',
  'salient-relevance/canvas': 'src/browser/canvas.ts',
  'salient-relevance/worker': 'src/worker/open-worker.ts',
} as const;

/** What a package's entry gives to others: names, and the files in which they are declared. */
export function exportsOf(entry: string): { readonly name: string; readonly file: string }[] {
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

/** How a name is declared, and the docstring before it, if there is one. */
export interface Declaration {
  readonly file: string;
  readonly kind: string;
  readonly docstring: string | undefined;
}

export function declarationOf(file: string, name: string): Declaration {
  const passedOn = exportsOf(file).find((each) => each.name === name && each.file !== file);
  if (passedOn !== undefined) return declarationOf(passedOn.file, name);
  const text = readFileSync(join(repositoryRoot, file), 'utf8');
  const declared = new RegExp(`^export (?:async |abstract )?(function|class|interface|type|const) ${name}\\b`, 'm');
  const found = declared.exec(text);
  assert.ok(found, `${file} declares no ${name}`);
  const before = text.slice(0, found!.index);
  const docstring = before.endsWith('*/\n') ? before.slice(before.lastIndexOf('/**')) : undefined;
  return { file, kind: found![1]!, docstring };
}
