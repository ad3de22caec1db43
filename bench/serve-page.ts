import { servePage } from './page-server.ts';

const HELP = `usage: npm run bench:page -- [PORT]

Serves the benchmark's page on this machine alone; default: port 8080, and with 0 one that is free. The page is
cross-origin isolated, which threads need.`;

await servePage({
  help: HELP,
  index: 'bench/page/index.html',
  folders: { dist: 'dist', modules: 'node_modules', ort: 'bench/node_modules/onnxruntime-web/dist' },
  change: (first, bytes) => (first === 'modules' ? asModule(bytes.toString('utf8')) : bytes),
});

/** A CommonJS module that needs nothing but protobufjs, as a module whose default export is what it exports. */
function asModule(text: string): string {
  const imported = /\brequire\(["']protobufjs\/minimal["']\)/.test(text);
  return [
    imported ? "import protobuf from 'protobufjs/minimal.js';" : 'const protobuf = undefined;',
    'const module = { exports: {} };',
    '((module, exports, require) => {',
    text,
    '}).call(globalThis, module, module.exports, () => protobuf);',
    'export default module.exports;',
  ].join('\n');
}
