import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '../support/paths.ts';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
}

/** Licences of what developers install; nothing of it is in the package. */
const LICENCES = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'MPL-2.0',
  'MIT OR Apache-2.0',
  '(MIT OR CC0-1.0)',
]);

const FOLDERS = ['', 'test/', 'lint/', 'bench/', 'wasm/'];

for (const folder of FOLDERS) {
  test(`${folder || 'root'}: every package is pinned by its hash, has a known licence, and runs nothing on installation`, () => {
    const { packages } = JSON.parse(readFileSync(`${repositoryRoot}${folder}package-lock.json`, 'utf8')) as {
      packages: Record<string, LockedPackage>;
    };
    const npmrc = folder === '' ? '' : readFileSync(`${repositoryRoot}${folder}.npmrc`, 'utf8');
    const faults: string[] = [];
    for (const [path, { license, integrity, hasInstallScript, link, version }] of Object.entries(packages)) {
      if (path === '' || link) continue;
      const name = `${path} ${version}`;
      if (!/^sha512-/.test(integrity ?? '')) faults.push(`${name} has no hash`);
      if (!LICENCES.has(license ?? '')) faults.push(`${name} has the licence ${license ?? 'unknown'}`);
      if (hasInstallScript && !npmrc.includes('ignore-scripts=true') && !RUNS_HARMLESSLY.has(path)) {
        faults.push(`${name} runs a script on installation`);
      }
    }
    assert.equal(faults, []);
  });
}

/** esbuild's script makes its command a little faster; it works without (`npm ci --ignore-scripts`). protobufjs' compares versions. */
const RUNS_HARMLESSLY = new Set(['node_modules/esbuild', 'node_modules/onnx-proto/node_modules/protobufjs']);

test('who installs the package installs nothing else', () => {
  const { packages } = JSON.parse(readFileSync(`${repositoryRoot}package-lock.json`, 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const installed = Object.entries(packages).filter(
    ([path, { dev, peer, optional }]) => path !== '' && !dev && !peer && !optional,
  );
  assert.equal(
    installed.map(([path]) => path),
    [],
  );
});

test.run();
