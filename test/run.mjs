// Runs every compiled test file in a process of its own, with a watchdog (uvu has no time-outs), and counts.
// usage: node test/run.mjs [PART OF A NAME...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gpuEnvironment } from './support/gpu.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(root, 'dist', 'test');
/** Seconds that one file may take. */
const LIMIT = 600;
/** Files at a time: most of a file's time is one thread. */
const AT_A_TIME = 2;

installTestPackage();
const wanted = process.argv.slice(2);
const files = readdirSync(compiled, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.js') && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  // A test that is gone may still be there compiled.
  .filter((name) => existsSync(join(root, 'test', name.replace(/\.js$/, '.ts'))))
  .sort();
const environment = { ...gpuEnvironment(), FORCE_COLOR: '0' };
const totals = { passed: 0, failed: 0 };
const waiting = [...files];
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runFile(file);
  }),
);
if (files.length === 0) {
  console.log(`no test file's name holds ${wanted.join(' or ')}`);
  totals.failed++;
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 ? 1 : 0;

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
    const child = spawn(process.execPath, [join(compiled, file)], { cwd: root, env: environment });
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
