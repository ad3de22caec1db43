import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { countOption, type Given } from '../src/cli/command.ts';
import { describeEnvironment } from '../src/cli/environment.ts';
import { prepareFolder, writeFileAtomically } from '../src/cli/output/files.ts';
import { runScript } from '../src/cli/run-program.ts';
import { SalientError } from '../src/error.ts';
import { environmentLines } from '../src/measure/report.ts';
import { openWebGpuDevice } from '../src/tensor/webgpu/device.ts';
import { repositoryRoot } from './paths.ts';

const HELP = `usage: npm run bench:gpu -- [OPTIONS]

The first five minutes on a machine with a GPU: whether every kernel is right there, then how fast. Runs the operation
cases, the golden networks, AlexNet at full size and SR on WebGPU's own adapter (no software one), several files at a time; then
\`salient bench --kernels\` and \`npm run bench -- --gpu\`, each only if what comes before it passed. The package
\`webgpu\` must be found.

  --out DIR        write what each part printed, bench.json, compare.json and roofline plots there; default out/gpu
  --at-a-time N    test files at a time; default: half of the cores
  --batches LIST   of VGG-16; default 1,8,32
  --python PYTHON  with torch, for the comparison; without, it is left out
  --zennit FOLDER  zennit's repository`;

const OPTIONS = {
  out: { type: 'string', default: 'out/gpu' },
  'at-a-time': { type: 'string' },
  batches: { type: 'string', default: '1,8,32' },
  python: { type: 'string' },
  zennit: { type: 'string' },
} as const;

/** What says that kernels are right: each on its own, then whole networks. */
const TESTS = [
  'devices/operations',
  'devices/alexnet',
  'devices/clipped',
  'devices/direct',
  'devices/saliency',
  'devices/tiles',
  'devices/together',
  'devices/winograd-signs',
  'lrp/golden',
  'lrp/attention',
  'explain/concepts',
];

await runScript({ help: HELP, options: OPTIONS }, main);

async function main({ values }: Given<typeof OPTIONS>): Promise<void> {
  const { out, python, zennit } = values;
  const atATime = countOption(values['at-a-time'], 'at-a-time') ?? Math.ceil(availableParallelism() / 2);
  await prepareFolder(out);
  console.log(environmentLines(await describeEnvironment()).join('\n'));
  process.env.SALIENT_GPU = 'native';
  {
    using device = await openWebGpuDevice();
    console.log(`- ${device.description}`);
  }

  const waiting = [...TESTS];
  let [passed, failed] = [0, 0];
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const { code, text, seconds } = await ran(name.replaceAll('/', '.'), out, [`dist/test/${name}.test.js`]);
        const [total, right] = ['Total', 'Passed'].map((word) => Number(text.match(`${word}:\\s+(\\d+)`)?.[1] ?? 0));
        const wrong = code === 0 ? total! - right! : Math.max(1, total! - right!);
        passed += right!;
        failed += wrong;
        console.log(`${wrong === 0 ? 'ok  ' : 'FAIL'} ${name} (${right} of ${total}, ${seconds.toFixed(1)} s)`);
      }
    }),
  );
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) {
    throw new SalientError('unsupported', `this GPU computes ${failed} cases wrongly; what they said lies in ${out}`);
  }
  const networks = ['--models', 'vgg16', '--batch', values.batches, '--seconds', '3', '--kernels'];
  await part('bench', out, ['dist/src/cli/main.js', 'bench', '--device', 'webgpu', ...networks, '--out', out]);
  if (python === undefined) return;
  const peers = ['--python', python, ...(zennit === undefined ? [] : ['--zennit', zennit])];
  const limits = ['--rounds', '5', '--seconds', '3', '--out', out];
  await part('compare', out, ['dist/bench/compare.js', '--gpu', ...peers, ...limits]);
}

/** Runs a part whose failure ends all, and prints its tables of stages and peers. */
async function part(name: string, out: string, words: readonly string[]): Promise<void> {
  const { code, text, seconds } = await ran(name, out, words);
  if (code !== 0)
    throw new SalientError('io', `${name} ended with code ${code} after ${seconds.toFixed(0)} s: ${text.slice(-300)}`);
  const report = await readFile(join(out, `${name}.md`), 'utf8');
  console.log(report.split('\n## Kernels')[0]);
}

/** Runs a program of the checkout on the machine's own GPU; what it prints also goes to a file. */
async function ran(name: string, out: string, words: readonly string[]) {
  const started = performance.now();
  const child = spawn(process.execPath, [...words], {
    cwd: repositoryRoot,
    env: { ...process.env, SALIENT_TEST_DEVICE: 'webgpu', FORCE_COLOR: '0' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      text += data;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  await writeFileAtomically(join(out, `${name}.log`), Buffer.from(text));
  return { code, text, seconds: (performance.now() - started) / 1000 };
}
