// Releases the version of package.json: `npm run release -- --dry-run` checks everything and lists what would be packed,
// `--publish` builds and publishes.
// Publishing itself belongs to a workflow with an identity token, which npm's provenance needs.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const dry = process.argv.includes('--dry-run');
if (dry === process.argv.includes('--publish')) {
  console.error('release: say --dry-run or --publish');
  process.exit(1);
}
const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { version, name } = JSON.parse(read('package.json'));

const faults = [];
const check = (holds, fault) => {
  if (!holds) faults.push(fault);
};
const git = (...words) => spawnSync('git', words, { encoding: 'utf8' }).stdout.trim();

check(/^\d+\.\d+\.\d+$/.test(version), `package.json has version "${version}", expected three numbers`);
check(read('src/version.ts').includes(`'${version}'`), `src/version.ts has another version than ${version}`);
check(JSON.parse(read('jsr.json')).version === version, `jsr.json has another version than ${version}`);
check(read('CITATION.cff').includes(`version: ${version}\n`), `CITATION.cff has another version than ${version}`);
const entry = new RegExp(`^## ${version.replaceAll('.', '\\.')}(, (.*))?$`, 'm').exec(read('CHANGELOG.md'));
check(entry !== null, `CHANGELOG.md has no entry for ${version}`);
if (!dry) {
  check(/^\d{4}-\d{2}-\d{2}$/.test(entry?.[2] ?? ''), `CHANGELOG.md's entry for ${version} has no date`);
  check(git('status', '--porcelain') === '', 'the working tree has changes that are not committed');
  check(git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`), `HEAD has no tag v${version}`);
}
for (const fault of faults) console.error(`release: ${fault}`);
if (faults.length > 0) process.exit(1);

const run = (command, ...words) => {
  console.log(`$ ${[command, ...words].join(' ')}`);
  const { status } = spawnSync(command, words, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
if (dry) {
  run('npm', 'pack', '--dry-run', '--silent');
  console.log(
    `${name} ${version} is ready: tag it v${version}, then publish it from a workflow with an identity token`,
  );
} else {
  run('npm', 'run', '--silent', 'build');
  run('npm', 'publish', '--provenance', '--access', 'public');
  run('npx', 'jsr', 'publish');
}
