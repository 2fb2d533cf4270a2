// Which web pages may connect: exact origins, or the same host when none are listed.
import type { IncomingHttpHeaders } from 'node:http';

export interface OriginRules {
  readonly origins: readonly string[];
  readonly allowMissingOrigin: boolean;
}

/** Compares whole origins (scheme, host, port); nothing is matched by suffix or pattern, and `null` never. */
export function isOriginAllowed(headers: IncomingHttpHeaders, { origins, allowMissingOrigin }: OriginRules): boolean {
  const { origin } = headers;
  if (origin === undefined) return allowMissingOrigin;
  const given = parseOrigin(origin);
  if (given === undefined) return false;
  if (origins.length > 0) return origins.some((allowed) => parseOrigin(allowed)?.origin === given.origin);
  return given.host === headers.host?.toLowerCase();
}

function parseOrigin(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}
