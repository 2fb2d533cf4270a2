// Whom the server answers: the Host it was asked for, the page that asks, and the credential of API requests.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { hostName, isLoopbackAddress, isLoopbackHost } from './loopback.ts';
import type { Refusal } from './refusal.ts';

/**
 * Refuses a Host that is not ours. A page of another site can point its own name at this machine (DNS rebinding); its
 * requests then look as if they came from the same host, but they carry that name.
 */
export function checkHost(headers: IncomingHttpHeaders, allowed: ReadonlySet<string>): Refusal | undefined {
  const given = headers.host ?? '';
  const name = hostName(given);
  if (name !== undefined && (isLoopbackHost(name) || allowed.has(name))) return undefined;
  return {
    status: 421,
    code: 'ERR_HOST',
    message: 'This server does not answer for that host.',
    field: 'Host',
    value: given,
    remedy: 'Add the name to WS_STABILITY_SERVER_HOSTS if this server is meant to be reached by it.',
  };
}

/** Refuses a web page of another origin; programs send no Origin. `origins` are allowed besides the same host. */
export function checkOrigin(headers: IncomingHttpHeaders, origins: readonly string[]): Refusal | undefined {
  const { origin } = headers;
  if (origin === undefined || origins.includes(origin) || isSameHost(origin, headers.host)) return undefined;
  return {
    status: 403,
    code: 'ERR_ORIGIN',
    message: 'Pages of this origin may not use this server.',
    field: 'Origin',
    value: origin,
    remedy: 'Add the origin to WS_STABILITY_MANAGER_ORIGINS if its pages may.',
  };
}

function isSameHost(origin: string, host: string | undefined): boolean {
  return (
    host !== undefined && /^https?:\/\//.test(origin) && origin.slice(origin.indexOf('//') + 2) === host.toLowerCase()
  );
}

export interface Asker {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
}

/** The check of the API's callers, for a token (empty: this machine only). Keeps the token's hash, not the token. */
export function accessCheck(token: string): (asker: Asker) => Refusal | undefined {
  const expected = token === '' ? undefined : hash(token);
  return (asker) => (expected === undefined ? checkLocal(asker) : checkToken(asker.headers, expected));
}

function checkToken({ authorization }: IncomingHttpHeaders, expected: Buffer): Refusal | undefined {
  const given = /^bearer +([!-~]{1,512})$/i.exec(authorization ?? '')?.[1];
  // Hashes are of one length, so the comparison takes the same time whatever was sent.
  if (given !== undefined && timingSafeEqual(hash(given), expected)) return undefined;
  return {
    status: 401,
    code: 'ERR_UNAUTHENTICATED',
    message: given === undefined ? 'This request carries no bearer token.' : 'The bearer token is not the right one.',
    field: 'Authorization',
    remedy: 'Send `Authorization: Bearer` with the value of WS_STABILITY_API_TOKEN.',
    headers: { 'www-authenticate': 'Bearer' },
  };
}

/** What proxies add; one that adds nothing cannot be told from a program on this machine. */
const BY_PROXIES = new Set(['forwarded', 'via', 'x-real-ip']);

function checkLocal({ headers, remoteAddress }: Asker): Refusal | undefined {
  const forwarded = Object.keys(headers).find((name) => BY_PROXIES.has(name) || name.startsWith('x-forwarded-'));
  if (forwarded === undefined && isLoopbackAddress(remoteAddress)) return undefined;
  return {
    status: 403,
    code: 'ERR_FORBIDDEN',
    message: 'Without a token this is for programs on the same machine, not through a proxy.',
    ...(forwarded === undefined ? {} : { field: forwarded }),
    remedy: 'Set WS_STABILITY_API_TOKEN on the server and send it as `Authorization: Bearer`.',
  };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
