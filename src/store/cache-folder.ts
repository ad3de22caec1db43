import { homedir } from 'node:os';
import { join } from 'node:path';

/** Environment variables, as `process.env` holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The folder of downloaded models: `SALIENT_CACHE`, else `salient-relevance` in the user's cache folder (`XDG_CACHE_HOME`,
 * on Windows `LOCALAPPDATA`, else `~/.cache`).
 */
export function cacheFolder(variables: Variables = process.env): string {
  if (variables.SALIENT_CACHE) return variables.SALIENT_CACHE;
  const caches =
    variables.XDG_CACHE_HOME ||
    (process.platform === 'win32' && variables.LOCALAPPDATA) ||
    join(variables.HOME || homedir(), '.cache');
  return join(caches, 'salient-relevance');
}
