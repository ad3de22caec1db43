import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { SalientError } from '../error.ts';
import type { Variables } from './cache-folder.ts';

/**
 * The proxy that the environment names for an address (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, small letters too; not
 * for hosts in `NO_PROXY`), or nothing.
 */
export function proxyFor(address: URL, variables: Variables): URL | undefined {
  const variable = (name: string) => variables[name.toLowerCase()] || variables[name];
  const found = variable(address.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') || variable('ALL_PROXY');
  if (!found || isDirect(address, variable('NO_PROXY') ?? '')) return undefined;
  const text = /^[a-z0-9]+:\/\//i.test(found) ? found : `http://${found}`;
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:') {
    throw new SalientError('bad-argument', `the proxy "${found}" is no address like http://host:port; set it anew`);
  }
  return new URL(text);
}

/** `list`: host names, with those below them, or `*`. */
function isDirect({ hostname, host }: URL, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .some((name) => {
      const bare = name.replace(/^\*?\./, '');
      return name === '*' || host === bare || hostname === bare || hostname.endsWith(`.${bare}`);
    });
}

/** Headers that a proxy with a name and a password asks for. */
export function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

/** An encrypted connection to the address through the proxy (HTTP's CONNECT), which has `patience` milliseconds for it. */
export async function tunnel(proxy: URL, address: URL, patience: number, signal: AbortSignal): Promise<TLSSocket> {
  const target = `${address.hostname}:${address.port || 443}`;
  const socket = await new Promise<Socket>((resolve, reject) => {
    const call = httpRequest({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyHeaders(proxy) },
      signal,
    });
    call.once('connect', ({ statusCode }, connection) => {
      if (statusCode === 200) return resolve(connection);
      connection.destroy();
      reject(new SalientError('io', `the proxy ${proxy.host} refuses ${target}: it answered ${statusCode}`));
    });
    call.setTimeout(patience, () => call.destroy(new Error(`the proxy ${proxy.host} says nothing`)));
    call.once('error', reject);
    call.end();
  });
  return new Promise((resolve, reject) => {
    const secure = connect({ socket, servername: address.hostname }, () => resolve(secure.setTimeout(0)));
    secure.setTimeout(patience, () => secure.destroy(new Error(`${address.host} says nothing`)));
    // Stays: a socket that breaks before a request has it would end the process.
    secure.on('error', reject);
  });
}
