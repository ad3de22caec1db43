import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './support/paths.ts';
import { declarationOf, ENTRIES, exportsOf } from './support/public-exports.ts';

for (const entry of Object.values(ENTRIES)) {
  test(`every export of ${entry} says what it is, and what can be called or read shows how`, () => {
    const exported = exportsOf(entry).map(({ name, file }) => ({ name, ...declarationOf(file, name) }));
    assert.ok(exported.length > 5);
    const lacking = exported.filter(
      ({ kind, docstring = '' }) =>
        docstring === '' || (['function', 'class', 'const'].includes(kind) && !docstring.includes('@example')),
    );
    assert.equal(
      lacking.map(({ name, file }) => `${file}: ${name}`),
      [],
    );
  });
}

/** An example of a docstring, and where it stands. */
interface Example {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** The examples of all docstrings of a file. */
function examplesOf(file: string): Example[] {
  const text = readFileSync(join(repositoryRoot, file), 'utf8');
  return [...text.matchAll(/^ *\* @example\n *\* ```ts\n(.*?)^ *\* ```$/gms)].map(({ index, 1: code }) => ({
    file,
    line: text.slice(0, index).split('\n').length,
    code: code!.replaceAll(/^ *\* ?/gm, ''),
  }));
}

/** Files that hold what is exported. */
const FILES = [
  ...new Set(
    Object.values(ENTRIES).flatMap((entry) => exportsOf(entry).map(({ name, file }) => declarationOf(file, name).file)),
  ),
];
const EXAMPLES = FILES.flatMap(examplesOf);

/** Whether an example needs a page: a canvas, or the files of an origin. */
const needsPage = ({ file }: Example) => /^src\/(browser|origin)\//.test(file);

/** What every example finds: an open device, the bundled network and a photograph. */
const PREAMBLE = `
const device = await openDevice('wasm');
const model = await loadModel(device, 'models/scenes-vgg.onnx');
const onReference = await loadModel(await openDevice('reference'), 'models/scenes-vgg.onnx');
const photo = await decodeImage(await readFile('models/samples/cup-2000010.png'));
const layer = (await model.graph()).nodes.find(({ op }) => op === 'Conv')!.name;
`;

/** A program that runs these examples one after the other and says which one failed. */
function programOf(examples: readonly Example[]): string {
  const imports = Object.entries(ENTRIES).map(([name, entry]) => {
    const values = exportsOf(entry).filter(({ name, file }) => {
      const { kind } = declarationOf(file, name);
      return kind !== 'interface' && kind !== 'type';
    });
    return `import { ${values.map(({ name }) => name).join(', ')} } from '${name}';`;
  });
  const functions = examples.map(({ file, line, code }) => `await run('${file}:${line}', async () => {\n${code}});`);
  return `${imports.join('\n')}
import { readFile } from 'node:fs/promises';
${PREAMBLE}
async function run(place: string, example: () => Promise<void>): Promise<void> {
  try {
    await example();
  } catch (error) {
    throw new Error(place, { cause: error });
  }
}
${functions.join('\n')}
onReference.device.close();
device.close();
`;
}

const HOME = join(repositoryRoot, 'dist', 'docstring-examples');

test('the examples of the docstrings are TypeScript, and those that need no page run', () => {
  assert.ok(EXAMPLES.length > 20, `${EXAMPLES.length} examples`);
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  writeFileSync(join(HOME, 'node.ts'), programOf(EXAMPLES.filter((example) => !needsPage(example))));
  writeFileSync(join(HOME, 'page.ts'), programOf(EXAMPLES.filter(needsPage)));
  const own = { rootDir: '.', outDir: '.', declaration: false, sourceMap: false, noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions: own, include: ['*.ts'], exclude: [] };
  writeFileSync(join(HOME, 'tsconfig.json'), JSON.stringify(config));
  const compiled = run(join(repositoryRoot, 'node_modules/typescript/bin/tsc'), '-p', HOME);
  assert.is(compiled.status, 0, compiled.stdout);
  const ran = run(join(HOME, 'node.js'));
  assert.is(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /cup/);
});

function run(...command: string[]) {
  return spawnSync(process.execPath, command, { cwd: repositoryRoot, encoding: 'utf8', timeout: 120_000 });
}

test.run();
