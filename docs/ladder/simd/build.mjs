/**
 * Compiles the rungs to rungs.wasm: `npm ci --prefix wasm && node docs/ladder/simd/build.mjs`. Of each rung the binary
 * exports NAME_run and, where there is one, NAME_pack. A hash of the sources stands in a section of its own; with --check
 * this only says whether the binary is stale.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const target = new URL('rungs.wasm', folder);
const COMPILER = new URL('../../../wasm/node_modules/assemblyscript/dist/asc.js', folder);
const SECTION = 'sources';
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .sort();
const read = (name) => readFileSync(new URL(name, folder), 'utf8');

const hash = createHash('sha256');
for (const name of [...sources, 'build.mjs']) hash.update(name).update(read(name));
const sourceHash = hash.digest('hex');

if (!process.argv.includes('--check')) await build();
else if (!isFresh()) {
  console.error('rungs.wasm is stale: run "npm ci --prefix wasm && node docs/ladder/simd/build.mjs"');
  process.exitCode = 1;
}

function isFresh() {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(target)), SECTION);
  return section !== undefined && Buffer.from(section).toString() === sourceHash;
}

async function build() {
  const binary = Buffer.concat([await compile(), customSection(SECTION, sourceHash)]);
  const temporary = new URL('rungs.wasm.tmp', folder);
  writeFileSync(temporary, binary);
  renameSync(temporary, target);
  console.log(`rungs.wasm: ${binary.length} bytes`);
}

/** The module that gives each rung's functions the rung's name. */
function entry() {
  const rungs = sources.filter((name) => /^\d/.test(name));
  return rungs
    .map((file) => {
      const name = file.slice(3, -3);
      const functions = ['pack', 'run'].filter((each) => read(file).includes(`export function ${each}(`));
      const exported = functions.map((each) => `${each} as ${name}_${each}`).join(', ');
      return `export { ${exported} } from './${file.slice(0, -3)}';\n`;
    })
    .join('');
}

async function compile() {
  const { default: asc } = await import(COMPILER.href);
  let binary;
  const options = ['-O3', '--noAssert', '--runtime=stub', '--importMemory', '--use=abort=', '--enable=simd'];
  const { error, stderr } = await asc.main(['entry.ts', '--outFile=rungs.wasm', ...options], {
    readFile: (name) => {
      if (name === 'entry.ts') return entry();
      return sources.includes(name) ? read(name) : null;
    },
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return Buffer.from(binary);
}

/** Lengths below 128 are one byte. */
function customSection(name, text) {
  return Buffer.from([0, 1 + name.length + text.length, name.length, ...Buffer.from(name + text)]);
}
