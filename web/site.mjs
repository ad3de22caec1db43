// Makes dist/web: the page as static files to put anywhere. --serve [PORT] serves it on this machine alone, cross-origin
// isolated, which threads need. SALIENT_MIRROR names another place of the networks in models/registry.json.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const site = join(root, 'dist', 'web-page');
const LIBRARY = 'salient-relevance.browser.js';

await bundle();
rmSync(site, { recursive: true, force: true });
for (const folder of ['models', 'scenes']) mkdirSync(join(site, folder), { recursive: true });
const scenes = readdirSync(join(root, 'models/samples')).filter((name) => /^[a-z]+-\d+\.png$/.test(name));
for (const name of scenes) copyFileSync(join(root, 'models/samples', name), join(site, 'scenes', name));
for (const name of ['scenes-vgg.onnx', 'scenes-alexnet.onnx']) {
  copyFileSync(join(root, 'models', name), join(site, 'models', name));
}
const { KNOWN_MODELS, MODEL_ZOO, zooAddresses } = await import('../dist/src/model/known-models.js');
const mirror = process.env.SALIENT_MIRROR || MODEL_ZOO;
const registry = KNOWN_MODELS.map(({ name, file, bytes, sha256, about }) => {
  return { name, about, file, bytes, sha256, addresses: zooAddresses(file, mirror.replace(/\/*$/, '/')) };
});
writeFileSync(join(site, 'models', 'registry.json'), `${JSON.stringify(registry, undefined, 1)}\n`);
for (const name of [LIBRARY, 'salient-relevance.classes.js']) copyFileSync(join(root, 'dist', name), join(site, name));
for (const name of ['style.css', 'icon.svg']) copyFileSync(join(root, 'web/page', name), join(site, name));
const html = readFileSync(join(root, 'web/page/index.html'), 'utf8');
const names = scenes.map((name) => name.replace('.png', '')).join(' ');
writeFileSync(join(site, 'index.html'), html.replace('<html lang="en">', `<html lang="en" data-scenes="${names}">`));

await build({
  entryPoints: [join(root, 'dist/web/page/page.js')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  splitting: true,
  outdir: site,
  logLevel: 'error',
  plugins: [
    {
      // The library is the module beside the page, which its workers are too; only what that does not show comes along.
      name: 'library',
      setup({ onResolve }) {
        onResolve({ filter: /src\/browser\/index\.js$/ }, () => ({ path: `./${LIBRARY}`, external: true }));
      },
    },
  ],
});

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};
export const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy':
    // Elsewhere are only the networks that are downloaded on a click: the zoo's pages, and where its files lie.
    `default-src 'self'; connect-src 'self' ${new URL(mirror).origin} https://*.huggingface.co https://*.hf.co; ` +
    "script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'",
  'Cache-Control': 'no-cache',
};

const at = process.argv.indexOf('--serve');
if (at < 0) console.log(`wrote ${site}`);
else {
  const port = Number(process.argv[at + 1] ?? 8080);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error(`salient: the port is "${process.argv[at + 1]}"; expected a whole number from 0 to 65535`);
    process.exit(1);
  }
  const server = createServer(({ url = '/' }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
    try {
      const file = path === '/' ? '/index.html' : path;
      const body = readFileSync(join(site, file));
      response
        .writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' })
        .end(body);
    } catch {
      response.writeHead(404, HEADERS).end();
    }
  });
  server.on('error', ({ message }) => {
    console.error(`salient: cannot listen on port ${port}: ${message}; choose another, as npm run web -- 8081`);
    process.exit(1);
  });
  server.listen(port, 'localhost', () => console.log(`http://localhost:${server.address().port}`));
}
