// Embeds the shaders, FAMILY/NAME.wgsl, and the parts that they include, include/NAME.wgsl, into
// src/tensor/webgpu/shaders.generated.ts, so that the package needs no file access at run time. Names are unique over all
// folders. With --check it only says whether the embedded copy is stale.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, '..', 'src', 'tensor', 'webgpu', 'shaders.generated.ts');

const files = readdirSync(folder, { recursive: true })
  .filter((file) => file.endsWith('.wgsl'))
  .map((file) => ({ file, name: basename(file, '.wgsl'), included: dirname(file) === 'include' }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));
for (const [index, { file, name }] of files.entries()) {
  const before = files[index - 1];
  if (before?.name === name) throw new Error(`two shaders are called "${name}": ${before.file} and ${file}`);
}

const table = (constant, type, included) => {
  const own = files.filter((each) => each.included === included);
  const names = own.map(({ name }) => `\n  | '${name}'`).join('');
  const entries = own.map(({ file, name }) => {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll(/[\\`]|\$\{/g, '\\$&');
    return `  '${name}': \`${text}\`,\n`;
  });
  // The type says the names alone: else declarations hold all shaders once more.
  return `export type ${type} =${names};\nexport const ${constant}: Readonly<Record<${type}, string>> = {\n${entries.join('')}};\n`;
};
const generated = `// Made from shaders/**/*.wgsl by shaders/embed.mjs; do not edit.
/** What is dispatched. */
${table('SHADERS', 'ShaderName', false)}
/** What \`// @include NAME\` stands for. */
${table('INCLUDES', 'IncludeName', true)}`;

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
