import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { salient } from '../support/cli.ts';
import { here, withServer } from '../support/model-server.ts';

test('the command line: list, pull, remove, and --model NAME of a network that is not here', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'salient-store-cli-'));
  process.env.SALIENT_CACHE = folder;
  await withServer(
    (_, response) => response.writeHead(404).end(),
    async ({ address }) => {
      process.env.SALIENT_MIRROR = address;
      const missing = await salient('explain', '--model', 'vgg16', 'photo.png');
      assert.is(missing.code, 1);
      assert.is(
        missing.stderr,
        'salient: vgg16 is not on this machine; `salient model pull vgg16` downloads it (528 MiB)\n',
      );
      const refused = await salient('model', 'pull', 'squeezenet');
      assert.is(refused.code, 1);
      assert.match(refused.stderr, /^salient: squeezenet is not where it was: .*404.*\n$/);
      const unknown = await salient('model', 'pull', 'vgg17');
      assert.match(unknown.stderr, /^salient: there is no model "vgg17" to pull; choose one of alexnet, .*\n$/);
      assert.match((await salient('model', 'pull')).stderr, /^salient: a name is missing; /);
      // A name in the cache stands for checked contents.
      writeFileSync(join(folder, 'squeezenet1.1-7.onnx'), '');
      truncateSync(join(folder, 'squeezenet1.1-7.onnx'), 4_956_208);
      assert.match((await salient('model', 'pull', 'squeezenet')).stdout, /^squeezenet: is here already: /);
      assert.match((await salient('model', 'list')).stdout, / squeezenet +5 MiB +here /);
      assert.match((await salient('model', 'remove', 'squeezenet')).stdout, /^squeezenet: removed \(5 MiB\)\n$/);
      assert.match((await salient('model', 'remove', 'squeezenet')).stdout, /^squeezenet: was not here\n$/);
      assert.equal(here(folder), []);
    },
  );
  rmSync(folder, { recursive: true });
});

test.run();
