import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasWebGpu } from './support/devices.ts';
import { repositoryRoot } from './support/paths.ts';

const webgpu = await hasWebGpu();

const PAGE = readFileSync(join(repositoryRoot, 'docs', 'adding-a-rule.md'), 'utf8');

/** The contents of the page's code blocks of one kind. */
const blocks = (kind: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text!);
const [JSON_MAP, [RULES_COMMAND, DIFF_COMMANDS], [RULES_TEXT, ...TEXTS]] = [
  blocks('json')[0]!,
  blocks('sh'),
  blocks('text'),
];

/** A folder that is taken away again. */
async function inFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'salient-rule-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(folder: string, command: string, ...words: string[]): string {
  const { stdout, stderr, status } = spawnSync(command, words, { cwd: folder, encoding: 'utf8' });
  assert.is(status, 0, `${command} ${words.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Runs the page's commands as a shell does, `npx salient` being the one compiled into a checkout's dist. */
function runCommands(folder: string, commands: string, checkout: string): string {
  const salient = `'${process.execPath}' '${join(checkout, 'dist', 'src', 'cli', 'main.js')}'`;
  return run(folder, 'sh', '-ec', commands.replaceAll('npx salient', salient));
}

test('the rule map in JSON gives each layer the rule that the page says', () =>
  inFolder((folder) => {
    writeFileSync(join(folder, 'falling.json'), JSON_MAP);
    const printed = runCommands(folder, RULES_COMMAND!, repositoryRoot);
    assert.is(printed.replace(repositoryRoot, ''), RULES_TEXT);
  }));

test('the rule map as an object does what the page says, and what is misspelt is refused', () =>
  inFolder((folder) => {
    const dist = pathToFileURL(join(repositoryRoot, 'dist')).href;
    writeFileSync(join(folder, 'page.mjs'), blocks('js').join('\n').replaceAll("'./dist/", `'${dist}/`));
    assert.is(run(repositoryRoot, process.execPath, join(folder, 'page.mjs')), TEXTS.join(''));
  }));

/** Replaces each run of removed lines by the added ones after it; a line may be the beginning of one. */
function patched(text: string, diff: string): string {
  const changes = [...diff.matchAll(/^-(.*)\n((?:\+.*\n)+)/gm)];
  assert.ok(changes.length > 0);
  return changes.reduce((changed, [, before, after]) => {
    assert.is(changed.split(before!).length, 2, `"${before}" stands once in the file`);
    return changed.replace(before!, after!.replaceAll(/^\+/gm, '').trimEnd());
  }, text);
}

test('the rule in a file of its own compiles, gives its numbers by hand and agrees on all devices', () =>
  inFolder((checkout) => {
    for (const part of ['src', 'test/support', 'test/golden/mini-vgg-bn.onnx', 'test/golden/mini-vgg-bn.input.npy']) {
      cpSync(join(repositoryRoot, part), join(checkout, part), { recursive: true });
    }
    cpSync(join(repositoryRoot, 'package.json'), join(checkout, 'package.json'));
    for (const packages of ['node_modules', 'test/node_modules']) {
      symlinkSync(join(repositoryRoot, packages), join(checkout, packages), 'dir');
    }
    const files = blocks('ts').map((text) => ({ path: /^\/\/ (\S+)\n/.exec(text)![1]!, text }));
    assert.is(files.length, 2);
    for (const { path, text } of files) {
      mkdirSync(dirname(join(checkout, path)), { recursive: true });
      writeFileSync(join(checkout, path), text);
    }
    const list = join(checkout, 'src', 'lrp', 'rule.ts');
    writeFileSync(list, patched(readFileSync(list, 'utf8'), blocks('diff')[0]!));
    const { compilerOptions } = JSON.parse(readFileSync(join(repositoryRoot, 'tsconfig.json'), 'utf8'));
    const include = ['src/**/*.ts', ...files.map(({ path }) => path)];
    writeFileSync(join(checkout, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    run(checkout, process.execPath, join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.');
    const byHand = run(checkout, process.execPath, join(checkout, 'dist', files[1]!.path.replace(/\.ts$/, '.js')));
    assert.match(byHand, /Passed: +[3-9]\n/);
    // As everywhere, a run without WebGPU says so; the command for it is left out then.
    const commands = webgpu ? DIFF_COMMANDS! : DIFF_COMMANDS!.replace(/^npx .*--devices webgpu.*\n/m, '');
    const compared = runCommands(checkout, commands, checkout);
    assert.is(compared.match(/composite: epsilon-plus with 2 rules of its own/g)?.length, webgpu ? 2 : 1);
    assert.match(compared, /a: wasm/);
    if (webgpu) assert.match(compared, /a: webgpu/);
  }));

test.run();
