// Embeds shaders/*.wgsl into src/tensor/webgpu/shaders.generated.ts, so that the package needs no file access at run
// time. With --check it only says whether the embedded copy is stale.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, '..', 'src', 'tensor', 'webgpu', 'shaders.generated.ts');

const entries = readdirSync(folder)
  .filter((file) => file.endsWith('.wgsl'))
  .sort()
  .map((file) => {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll(/[\\`]|\$\{/g, '\\$&');
    return `  '${file.slice(0, -5)}': \`${text}\`,\n`;
  });
const generated = `// Made from shaders/*.wgsl by shaders/embed.mjs; do not edit.\nexport const SHADERS = {\n${entries.join('')}} as const;\n`;

let embedded = '';
try {
  embedded = readFileSync(target, 'utf8');
} catch {
  // Not made yet.
}
if (embedded !== generated) {
  if (process.argv.includes('--check')) {
    console.error('the embedded shaders are stale: run "node shaders/embed.mjs"');
    process.exitCode = 1;
  } else {
    writeFileSync(`${target}.tmp`, generated);
    renameSync(`${target}.tmp`, target);
  }
}
