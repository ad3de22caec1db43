import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SalientError } from '../error.ts';
import type { Variables } from './cache-folder.ts';
import { proxyFor, proxyHeaders, tunnel } from './proxy.ts';

const MOST_REDIRECTS = 5;

export interface RequestSettings {
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the server counts as stalled. */
  readonly patience: number;
  readonly variables: Variables;
}

/** GET, through the environment's proxy, redirects followed; the body is there to read. Node's `fetch` knows no proxy. */
export async function get(
  address: URL,
  headers: Readonly<Record<string, string>>,
  settings: RequestSettings,
): Promise<IncomingMessage> {
  let at = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await once(at, headers, settings);
    const { statusCode = 0 } = answer;
    const { location } = answer.headers;
    if (statusCode < 300 || statusCode >= 400 || location === undefined) return answer;
    answer.resume();
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    const isSafe = next?.protocol === 'https:' || (next?.protocol === 'http:' && at.protocol === 'http:');
    if (next === undefined || !isSafe) {
      throw new SalientError('io', `${at.host} sends on to "${location}", which is not followed`);
    }
    at = next;
  }
  throw new SalientError('io', `${address.host} sends on more than ${MOST_REDIRECTS} times`);
}

async function once(
  address: URL,
  headers: Readonly<Record<string, string>>,
  { signal, patience, variables }: RequestSettings,
): Promise<IncomingMessage> {
  const proxy = proxyFor(address, variables);
  const isSecure = address.protocol === 'https:';
  const options: RequestOptions = { headers: { 'user-agent': 'salient-relevance', ...headers }, signal };
  let call: ClientRequest;
  if (proxy === undefined) call = (isSecure ? httpsRequest : httpRequest)(address, options);
  else if (isSecure) {
    const socket = await tunnel(proxy, address, patience, signal);
    call = httpsRequest(address, { ...options, agent: false, createConnection: () => socket });
  } else {
    const { host } = address;
    call = httpRequest({
      ...options,
      host: proxy.hostname,
      port: proxy.port || 80,
      path: address.href,
      headers: { ...options.headers, host, ...proxyHeaders(proxy) },
    });
  }
  return new Promise((resolve, reject) => {
    call.setTimeout(patience, () => call.destroy(new Stalled(address, patience)));
    call.once('error', reject);
    call.once('response', (answer) => {
      answer.setTimeout(patience, () => answer.destroy(new Stalled(address, patience)));
      resolve(answer);
    });
    call.end();
  });
}

class Stalled extends Error {
  constructor({ host }: URL, patience: number) {
    super(`${host} sent nothing for ${patience / 1000} s`);
  }
}
