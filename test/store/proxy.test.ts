import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failure, serve, withServer } from '../support/model-server.ts';

test('through a proxy, unless NO_PROXY names the host', () =>
  withServer(
    (request, response) => serve(request, response),
    async ({ pull, folder, asked, address }) => {
      const variables = { SALIENT_CACHE: folder, SALIENT_MIRROR: 'http://models.invalid/zoo', http_proxy: address };
      await pull({ variables });
      assert.equal(asked, ['http://models.invalid/zoo/tiny-12/resolve/main/tiny-12.onnx whole']);
      rmSync(join(folder, 'tiny-12.onnx'));
      const direct = { ...variables, NO_PROXY: 'other.org, .invalid' };
      assert.match((await failure(pull({ variables: direct, retries: 0 }))).message, /broke off at 0 of 300000 bytes/);
      assert.is(asked.length, 1);
      const error = await failure(pull({ variables: { ...variables, http_proxy: 'socks5://x' } }));
      assert.match(error.message, /the proxy "socks5:\/\/x" is no address like http/);
    },
  ));

test('through a proxy to a secure address: a tunnel (CONNECT), and one line where the proxy refuses', () =>
  withServer(serve, async ({ pull, folder }) => {
    const connects: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      connects.push(`${request.url} ${request.headers['proxy-authorization']}`);
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const variables = { SALIENT_CACHE: folder, HTTPS_PROXY: `http://me:secret@127.0.0.1:${port}` };
    const error = await failure(pull({ variables }));
    assert.match(error.message, new RegExp(`the proxy 127.0.0.1:${port} refuses huggingface.co:443: it answered 407`));
    assert.equal(connects, [`huggingface.co:443 Basic ${Buffer.from('me:secret').toString('base64')}`]);
    proxy.close();
    // The tunnel's other end is a plain server here: what comes through it is not TLS, and that is said.
    const through = createServer();
    through.on('connect', (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const target = connect(port);
      target.on('error', () => socket.destroy());
      socket.on('error', () => target.destroy());
    });
    await new Promise<void>((resolve) => through.listen(0, '127.0.0.1', resolve));
    const again = { SALIENT_CACHE: folder, HTTPS_PROXY: `127.0.0.1:${(through.address() as AddressInfo).port}` };
    assert.is((await failure(pull({ variables: again, retries: 0 }))).code, 'io');
    through.closeAllConnections();
    through.close();
  }));

test.run();
