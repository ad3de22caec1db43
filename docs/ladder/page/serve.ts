import { servePage } from '../../../bench/page-server.ts';

const HELP = `usage: npm run ladder:page -- [PORT]

Serves the ladder's page on this machine alone; default: port 8080, and with 0 one that is free. The page runs the rungs
of docs/ladder on the GPU of the browser that opens it, and those of docs/ladder/simd on its processor.`;

await servePage({
  help: HELP,
  index: 'docs/ladder/page/index.html',
  folders: { dist: 'dist', ladder: 'docs/ladder', web: 'web/page' },
  headers: { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'" },
});
