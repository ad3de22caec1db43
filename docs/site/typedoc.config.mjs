// The site: the documents, the library's reference, and a search through both, in out/site.
import { fileURLToPath } from 'node:url';
import { writePages } from './pages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = `${root}out/site-pages`;

export default {
  name: 'salient-relevance',
  entryPoints: ['src/index.ts', 'src/browser/canvas.ts', 'src/worker/open-worker.ts'].map((path) => root + path),
  tsconfig: `${root}docs/site/tsconfig.json`,
  out: `${root}out/site`,
  projectDocuments: writePages(pages).map((name) => `${pages}/${name}`),
  readme: `${pages}/README.md`,
  navigation: { includeGroups: true },
  groupOrder: ['Learn', 'Look up', 'Change it', 'Modules', '*'],
  highlightLanguages: ['bash', 'css', 'html', 'js', 'json', 'python', 'ts', 'wgsl', 'yaml'],
  sort: ['source-order'],
  sortEntryPoints: false,
  excludePrivate: true,
  disableSources: true,
  logLevel: 'Error',
};
