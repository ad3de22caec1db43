// Writes docs/commands.md from the commands' own help: `npm run build && node docs/commands.mjs`. A test compares.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../dist/src/cli/commands/', import.meta.url);
const page = fileURLToPath(new URL('commands.md', import.meta.url));

export async function commandsPage() {
  const names = readdirSync(folder).flatMap((file) => /^([a-z-]+)\.js$/.exec(file)?.[1] ?? []);
  const commands = await Promise.all(
    names.map(async (name) => ({ name, ...(await import(new URL(`${name}.js`, folder).href)).command })),
  );
  const rows = commands.flatMap(({ name, summary }) =>
    Object.entries(summary).map(([call, what]) => `| [\`salient ${call}\`](#${name}) | ${what} |`),
  );
  const sections = commands.map(({ name, help }) => `## ${name}\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`);
  return `# Commands
Made from the commands' own help by \`node docs/commands.mjs\`. Every command takes \`--help\`, \`--json\` (output for machines) and \`--debug\` (stack traces). Exit codes: 0 done, 1 bad input (one line on stderr says what), 70 a fault of the program, 130 interrupted.

| command | what for |
| --- | --- |
${rows.join('\n')}

${sections.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await commandsPage();
  if (text !== readFileSync(page, { encoding: 'utf8', flag: 'a+' })) {
    writeFileSync(`${page}.tmp`, text);
    renameSync(`${page}.tmp`, page);
  }
}
