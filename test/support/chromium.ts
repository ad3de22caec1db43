import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './paths.ts';

/** The part of playwright's API that is used; its package lives in test/node_modules. */
/** Milliseconds that a page may take for anything: two pages on a software GPU compile for half a minute. */
const PATIENCE = 120_000;

export interface Page {
  goto(url: string): Promise<unknown>;
  goBack(): Promise<unknown>;
  evaluate<T>(expression: string): Promise<T>;
  click(selector: string): Promise<void>;
  hover(selector: string): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  selectOption(selector: string, value: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForEvent(event: 'download'): Promise<{ path(): Promise<string>; suggestedFilename(): string }>;
  setInputFiles(selector: string, path: string): Promise<void>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  press(selector: string, key: string): Promise<void>;
  emulateMedia(options: { readonly colorScheme: 'light' | 'dark' }): Promise<void>;
  addInitScript(script: { readonly content: string }): Promise<unknown>;
  screenshot(options: { readonly path: string; readonly fullPage?: boolean }): Promise<unknown>;
  context(): Context;
  on(event: 'console' | 'pageerror', listener: (message: { text?(): string; message?: string }) => void): void;
}
/** Chromium's own protocol. */
interface Session {
  send<T>(method: string, parameters?: Readonly<Record<string, unknown>>): Promise<T>;
}
interface Context {
  browser(): Browser;
  /** Another tab. */
  newPage(): Promise<Page>;
  setDefaultTimeout(milliseconds: number): void;
}
interface Browser {
  newBrowserCDPSession(): Promise<Session>;
  newContext(): Promise<Context>;
  close(): Promise<void>;
}

/** Whether the headless browser of test/package.json is installed. */
export function hasChromium(): boolean {
  return existsSync(`${repositoryRoot}test/node_modules/@sparticuz/chromium/package.json`);
}

/** Opens a page with WebGPU on a software GPU; what the browser needs (libraries, fonts) comes with its package. */
export async function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const require = createRequire(`${repositoryRoot}test/package.json`);
  const load = async (name: string) => await import(pathToFileURL(require.resolve(name)).href);
  const { default: chromium } = await load('@sparticuz/chromium');
  const { default: playwright } = await load('playwright-core');
  const { gpuEnvironment, unpacked } = await import(`${repositoryRoot}test/support/gpu.mjs`);
  const env = gpuEnvironment();
  const libraries = [`${unpacked('al2023')}/lib`, unpacked('al2023'), env.LD_LIBRARY_PATH].join(':');
  const browser: Browser = await playwright.chromium.launch({
    executablePath: await chromium.executablePath(),
    env: { ...env, LD_LIBRARY_PATH: libraries },
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--disable-background-networking',
      // A camera that shows a moving picture, and leave to look at it.
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      // Clearing workgroup memory makes SwiftShader compile ten times longer.
      '--enable-dawn-features=disable_workgroup_init',
    ],
  });
  try {
    const context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    return await use(await context.newPage());
  } finally {
    await browser.close();
  }
}

/** A page of a script that serves it at the port that it is given, and prints its address; the page must not fail. */
export async function withServedPage(
  script: string,
  use: (page: Page, address: string) => Promise<void>,
): Promise<void> {
  const server = spawn(process.execPath, [`${repositoryRoot}dist/${script}`, '0']);
  try {
    const address = (await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()).value as string;
    await withPage(async (page) => {
      const errors: (string | undefined)[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      await use(page, address);
      assert.equal(errors, []);
    });
  } finally {
    server.kill();
  }
}

/** Waits until an expression is true. (`waitForFunction` would need `unsafe-eval`.) */
export async function until(page: Page, expression: string): Promise<void> {
  for (const started = performance.now(); performance.now() - started < PATIENCE; await pause(25)) {
    if (await page.evaluate<boolean>(`!!(${expression})`)) return;
  }
  throw new Error(`never became true: ${expression}`);
}

/** Bytes of memory that the page's process takes, and has taken at most (Linux). Workers live in it. */
export async function rendererMemory(page: Page): Promise<{ readonly now: number; readonly most: number }> {
  const session = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await session.send<{ processInfo: { type: string; id: number }[] }>(
    'SystemInfo.getProcessInfo',
  );
  const all = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      const of = (field: string) => 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]);
      return { now: of('VmRSS'), most: of('VmHWM') };
    });
  // The other ones wait for pages to come.
  return all.sort((a, b) => b.most - a.most)[0]!;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.html': 'text/html',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** What makes a page cross-origin isolated, which threads need. */
export const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serves a folder on loopback, and an empty page at `/`, with these headers. */
export async function withServer<T>(
  folder: string,
  use: (origin: string) => Promise<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const server = createServer(async ({ url }, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const path = normalize(decodeURIComponent(new URL(url ?? '/', 'http://localhost').pathname));
    if (path === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html><title>test</title>');
    try {
      const body = await readFile(`${folder}${path}`);
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
