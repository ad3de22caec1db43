/** The ladder in a browser: the rungs that `npm run ladder` runs in Node, on the reader's own GPU. */
import { byId, save } from '../../../web/page/dom.ts';
import { OURS } from '../ladder.ts';
import { problems, RUNGS } from '../rungs.ts';
import { SIMD_RUNGS } from '../simd.ts';
import { isRight, RungTable } from './table.ts';
import type { Adapter, Message, Order, Size } from './worker.ts';

const form = byId<HTMLFormElement>('order');
const [start, stop] = [byId<HTMLButtonElement>('run'), byId<HTMLButtonElement>('stop')];
const [copy, download] = [byId<HTMLButtonElement>('copy'), byId<HTMLButtonElement>('download')];
const [status, message] = [byId('status'), byId('message')];
const progress = byId<HTMLProgressElement>('progress');

/** What the result tells beside the lines. */
interface About {
  readonly commit: string;
  readonly date: string;
  readonly size: Size;
  readonly runs: number;
}

const texts = await wgslTexts();
const binary = await (await found('/ladder/simd/rungs.wasm')).arrayBuffer();
const wgsl = new RungTable(byId<HTMLTableElement>('wgsl'), [
  ...RUNGS.map((rung) => ({ ...rung, source: sourceOf(filesOf(rung)) })),
  ...OURS.map(({ name, rung: { kind } }) => ({ name, kind })),
]);
const simd = new RungTable(
  byId<HTMLTableElement>('simd'),
  await Promise.all(SIMD_RUNGS.map(async (rung) => ({ ...rung, source: await textOf(`simd/${rung.name}.ts`) }))),
);
let about: About | undefined;
let adapter: Adapter | undefined;
const STOPPED = new Error('stopped');
/** Ends what is running. */
let interrupt = (_: Error): void => {};

const NO_GPU =
  'This browser has no WebGPU (navigator.gpu is missing), which the rungs in WGSL need: open the page in one that has it.';
const hasGpu = () => navigator.gpu !== undefined;
message.textContent = hasGpu() ? '' : NO_GPU;
status.textContent = 'ready';
start.disabled = false;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  start.disabled = true;
  stop.disabled = false;
  message.textContent = '';
  try {
    await run();
  } catch (error) {
    complain(error);
  }
  start.disabled = false;
  stop.disabled = true;
});
stop.addEventListener('click', () => interrupt(STOPPED));
download.addEventListener('click', () => save('ladder.json', new Blob([result()], { type: 'application/json' })));
copy.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(result());
    status.textContent = 'copied';
  } catch {
    complain(new Error('this browser did not let the page copy; download the file'));
  }
});

async function run(): Promise<void> {
  const values = new FormData(form);
  const [size, runs] = [values.get('size') as Size, Number(values.get('runs'))];
  wgsl.clear();
  simd.clear();
  adapter = undefined;
  copy.disabled = download.disabled = true;
  const { commit } = (await (await found('/commit')).json()) as { commit: string };
  about = { commit, date: new Date().toISOString().slice(0, 10), size, runs };
  const ladders = [
    { table: wgsl, count: RUNGS.length + OURS.length, order: { ladder: 'wgsl', size, runs, texts } },
    { table: simd, count: SIMD_RUNGS.length, order: { ladder: 'simd', size, runs, binary } },
  ] as const;
  const chosen = ladders.filter(({ order }) => values.has(order.ladder));
  progress.max = chosen.reduce((sum, { count }) => sum + count, 0);
  progress.value = 0;
  for (const { table, order } of chosen) {
    try {
      if (order.ladder === 'wgsl' && !hasGpu()) throw new Error(NO_GPU);
      await climb(table, order);
    } catch (error) {
      if (error === STOPPED) throw error;
      complain(error);
    }
  }
  const wrong = chosen.flatMap(({ table }) => table.lines.filter((line) => !isRight(line)));
  status.textContent = 'done';
  if (wrong.length > 0)
    complain(new Error(`other numbers than the truth: ${wrong.map(({ name }) => name).join(', ')}`));
}

/** Climbs a ladder in a worker of its own. */
async function climb(table: RungTable, order: Order): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  try {
    await new Promise<void>((resolve, reject) => {
      interrupt = reject;
      worker.addEventListener('error', ({ message: why }) =>
        reject(new Error(why || 'the page’s worker did not start')),
      );
      worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
        if (data.is === 'done') resolve();
        else if (data.is === 'failed') reject(new Error(data.why));
        else show(table, data);
      });
      worker.postMessage(order);
    });
  } finally {
    worker.terminate();
    table.mark();
  }
}

function show(table: RungTable, data: Exclude<Message, { is: 'done' | 'failed' }>): void {
  switch (data.is) {
    case 'adapter':
      adapter = data.adapter;
      byId('adapter').textContent = described(data.adapter);
      break;
    case 'rung':
      table.mark(data.name);
      status.textContent = `${progress.value + 1} of ${progress.max}: ${data.name}`;
      break;
    case 'line':
      table.add(data.line);
      progress.value++;
      copy.disabled = download.disabled = false;
  }
}

function described({ vendor, architecture, device, description, fallback, clock }: Adapter): string {
  const name = [...new Set([vendor, architecture, device, description])].filter(Boolean).join(' ') || 'a GPU';
  const kind = fallback ? ', which is the processor, not a GPU' : '';
  return `${name}${kind}; timed by ${clock === 'gpu' ? 'the GPU’s own clock' : 'the page’s clock, from submitting to the end'}`;
}

function complain(error: unknown): void {
  status.textContent = 'ended';
  message.textContent = error instanceof Error ? error.message : String(error);
}

/** All that was measured, as one JSON. */
function result(): string {
  const machine = { browser: navigator.userAgent, threads: navigator.hardwareConcurrency, adapter: adapter ?? null };
  return `${JSON.stringify({ ...about, ...machine, wgsl: wgsl.lines, simd: simd.lines }, undefined, 2)}\n`;
}

async function found(address: string): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response;
}

async function textOf(file: string): Promise<string> {
  return (await found(`/ladder/${file}`)).text();
}

function filesOf(rung: (typeof RUNGS)[number]): readonly string[] {
  return rung.ascent(problems('small')).files;
}

/** The WGSL files by their names. */
async function wgslTexts(): Promise<Map<string, string>> {
  const names = [...new Set(RUNGS.flatMap(filesOf))];
  return new Map(await Promise.all(names.map(async (name) => [name, await textOf(`wgsl/${name}.wgsl`)] as const)));
}

/** The files that make a shader, each below its name: its own one first, then what several share. */
function sourceOf(files: readonly string[]): string {
  return [...files]
    .reverse()
    .map((name) => `// ${name}.wgsl\n${texts.get(name)!}`)
    .join('\n');
}
