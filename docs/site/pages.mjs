// Makes the pages of the site that typedoc builds (`npm run docs:site`): the documents, with titles for names, and the
// files of the repository that they link to as pages of their own, so that a reader of the site reads those too.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The documents, as a reader needs them. */
const GROUPS = {
  Learn: [
    'docs/guide/README.md',
    'docs/ladder/README.md',
    'docs/ladder/simd/README.md',
    'docs/limits.md',
    'docs/reproduce.md',
  ],
  'Look up': [
    'docs/commands.md',
    'docs/lrp.md',
    'docs/adding-a-rule.md',
    'docs/saliency.md',
    'docs/concepts.md',
    'docs/compare.md',
    'docs/evaluate.md',
    'docs/models.md',
    'docs/zoo.md',
    'docs/embedding.md',
    'docs/deno.md',
    'docs/security.md',
    'models/README.md',
    'CHANGELOG.md',
  ],
  'Change it': ['docs/architecture.md', 'docs/webgpu.md', 'bench/NOTES.md', 'CONTRIBUTING.md'],
};

/** Files that become pages, and how they are coloured. */
const LANGUAGES = {
  '.ts': 'ts',
  '.js': 'js',
  '.mjs': 'js',
  '.wgsl': 'wgsl',
  '.html': 'html',
  '.css': 'css',
  '.py': 'python',
  '.json': 'json',
  '.yaml': 'yaml',
  '.sbatch': 'bash',
  '.cff': 'yaml',
};
const PICTURES = ['.png', '.svg'];

/** Whether a folder's page lists this. */
const isShown = (place) =>
  statSync(place).isDirectory()
    ? !['node_modules', 'dist'].includes(basename(place))
    : [...Object.keys(LANGUAGES), ...PICTURES, '.md'].includes(extname(place));

/** The name of a file's page. */
const pageOf = (path) => `${path.replaceAll('/', '-').replace(/\.md$/, '')}.md`;

/** Writes the pages into a folder, and gives the names of those that stand in the site's list. */
export function writePages(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  /** Files that pages link to, and that are no documents: a set that grows while it is walked. */
  const sources = new Set();
  const documents = Object.entries(GROUPS).flatMap(([group, paths]) => paths.map((path) => ({ group, path })));
  const isDocument = (path) => path === 'README.md' || documents.some((document) => document.path === path);

  /** A link of a file, as a link of its page. */
  const linked = (from, target) => {
    const [path, anchor] = target.split('#');
    if (path === '' || /^[a-z]+:/.test(path)) return target;
    const file = normalize(join(dirname(from), path)).replace(/\/$/, '');
    if (PICTURES.includes(extname(file))) return relative(folder, join(root, file));
    if (!isDocument(file)) sources.add(file);
    return `${pageOf(file)}${anchor === undefined ? '' : `#${anchor}`}`;
  };
  const withLinks = (path, text) =>
    text
      .split(/(^```.*?^```$)/ms)
      .map((part) =>
        part.startsWith('```')
          ? part
          : part.replaceAll(/\]\(([^)\s]+)\)/g, (_, target) => `](${linked(path, target)})`),
      )
      .join('');
  const write = (path, properties, text) => {
    const lines = Object.entries(properties).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
    writeFileSync(join(folder, pageOf(path)), `---\n${lines.join('')}---\n${text}`);
  };

  for (const { group, path } of [{ path: 'README.md' }, ...documents]) {
    const text = readFileSync(join(root, path), 'utf8');
    const [heading, title] = /^# ([^\n]*)\n/.exec(text);
    // The first page has the project's name for a heading.
    const shown = group === undefined ? text.slice(heading.length) : text;
    write(path, { title, ...(group === undefined ? {} : { group }) }, withLinks(path, shown));
  }
  for (const path of sources) {
    const place = join(root, path);
    if (statSync(place).isDirectory()) {
      const files = readdirSync(place).filter((name) => isShown(join(place, name)));
      const list = files.map((name) => `- [${name}](${linked(`${path}/x`, name)})\n`);
      write(path, { title: path }, `# ${path}\n${list.join('')}`);
    } else if (path.endsWith('.md')) {
      write(path, { title: path }, withLinks(path, readFileSync(place, 'utf8')));
    } else {
      // Four, so that three in a comment do not end it.
      const fence = '````';
      const code = `${fence}${LANGUAGES[extname(path)]}\n${readFileSync(place, 'utf8')}${fence}\n`;
      write(path, { title: path }, `# ${path}\n${code}`);
    }
  }
  const children = [...sources].sort().map((path) => `./${pageOf(path)}`);
  write('source.md', { title: 'Source', group: 'Change it', children }, 'The files that the other pages link to.\n');
  return [...documents.map(({ path }) => pageOf(path)), 'source.md'];
}
