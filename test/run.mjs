// Compiles, then runs every test file in a process of its own, with a watchdog (uvu has no time-outs), and counts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gpuEnvironment } from './support/gpu.mjs';

const HELP = `usage: npm test -- [WORD...] [--device reference|wasm|webgpu]

Compiles, then runs the tests; without words all of them. A WORD chooses
- each test file whose path below test/ holds it: "npm test -- onnx" runs test/onnx, all of it;
- each operation case (test/devices/operations.test.ts) whose name holds it: "npm test -- conv" runs "conv: 3×3 same,
  odd size, plain" and its like on every device, and no other case.
Several words choose what any of them chooses.

options:
  --device NAME   tests that go through the devices run on this one alone; other tests run as ever
  --help          print this

environment:
  SALIENT_FIXTURES=DIR   a folder with more material (photographs, whole networks)
  SALIENT_GPU=native     WebGPU on this machine's own GPU, not on SwiftShader`;

const DEVICES = ['reference', 'wasm', 'webgpu'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(root, 'dist', 'test');
/** Seconds that one file may take. */
const LIMIT = 600;
/** Files at a time: most of a file's time is one thread. */
const AT_A_TIME = 2;
/** The files with cases that words can choose. */
const WITH_CASES = new Set(['devices/operations.test.js']);

const { words, device } = readCommandLine();
installTestPackage();
compile();
/** Whether words chose the file, or may choose cases in it. */
const isWhole = (file) => words.length === 0 || words.some((word) => file.replace(/\.js$/, '.ts').includes(word));
const files = readdirSync(compiled, { recursive: true })
  .map((name) => String(name).replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.test.js') && (isWhole(name) || WITH_CASES.has(name)))
  .sort();
const environment = { ...gpuEnvironment(), FORCE_COLOR: '0' };
if (device !== undefined) environment.SALIENT_TEST_DEVICE = device;
const totals = { passed: 0, failed: 0 };
const waiting = [...files];
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runFile(file);
  }),
);
if (totals.passed + totals.failed === 0) {
  const where = device === undefined ? '' : ` on ${device}`;
  fail(`no test${where} is chosen by ${words.map((word) => `"${word}"`).join(' or ')}; see npm test -- --help`);
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 ? 1 : 0;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function readCommandLine() {
  const options = { device: { type: 'string' }, help: { type: 'boolean' } };
  const { tokens } = parseArgs({ options, tokens: true, strict: false, allowPositionals: true });
  const read = { words: [], device: undefined };
  for (const { kind, value, name, rawName } of tokens) {
    if (kind === 'positional') read.words.push(value);
    if (kind !== 'option') continue;
    if (!Object.hasOwn(options, name)) fail(`unknown option "${rawName}"; there are --device NAME and --help`);
    if (name === 'help') {
      console.log(HELP);
      process.exit(0);
    }
    if (!DEVICES.includes(value)) {
      fail(`--device is ${value === undefined ? 'without a name' : `"${value}"`}; expected ${DEVICES.join(', ')}`);
    }
    read.device = value;
  }
  return read;
}

/** Compiles all, and removes what was compiled from a source that is gone. */
function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  const dist = join(root, 'dist');
  for (const name of readdirSync(dist, { recursive: true }).map(String)) {
    const source = name.match(/^(.*)(?:\.js|\.js\.map|\.d\.ts)$/)?.[1];
    if (source !== undefined && !existsSync(join(root, `${source}.ts`))) rmSync(join(dist, name));
  }
}

/** Installs what only tests need, once per lock file. */
function installTestPackage() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'test', 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'test', 'node_modules', '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('installing what only the tests need (test/package.json) …');
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: join(root, 'test'),
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
  writeFileSync(stamp, lock);
}

function runFile(file) {
  return new Promise((resolve) => {
    const started = performance.now();
    const whole = isWhole(file);
    const env = whole ? environment : { ...environment, SALIENT_TEST_CASES: JSON.stringify(words) };
    const child = spawn(process.execPath, [join(compiled, file)], { cwd: root, env });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    let late = false;
    const watchdog = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, LIMIT * 1000);
    child.on('close', (code) => {
      clearTimeout(watchdog);
      const [total, passed] = ['Total', 'Passed'].map((word) => Number(output.match(`${word}:\\s+(\\d+)`)?.[1] ?? 0));
      let failed = total - passed;
      // Words or a device may leave a file without a test; what ended before it could count is no such file.
      const mayBeEmpty = (device !== undefined || !whole) && code === 0 && /Total:\s+0\b/.test(output);
      if (mayBeEmpty) return resolve();
      const complaint = late
        ? `took over ${LIMIT} s`
        : total === 0
          ? 'ran no test'
          : code !== 0 && failed === 0
            ? `ended with code ${code}`
            : undefined;
      if (complaint !== undefined) failed++;
      totals.passed += passed;
      totals.failed += failed;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const name = relative('.', file).replace(/\.js$/, '.ts');
      console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name} (${passed} of ${total}, ${seconds} s) ${complaint ?? ''}`);
      const notes = output.split('\n').filter((line) => /not present|no adapter|skipped: /.test(line));
      if (failed > 0) console.log(output);
      else for (const line of new Set(notes)) console.log(`       ${line.trim()}`);
      resolve();
    });
  });
}
