// What belongs to this machine alone: addresses of peers, and names one can listen on or ask for.

/** Whether a host to listen on, or a name in a Host header, is this machine's own. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || isLoopbackAddress(name);
}

/** Whether a peer's address (as Node gives it) is of this machine: 127.0.0.0/8, ::1, and the former mapped into IPv6. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  if (address === '::1') return true;
  const mapped = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  return /^127(?:\.\d{1,3}){3}$/.test(mapped);
}

/** The name in a Host header, or of an origin's authority: lower case, without port and brackets. */
export function hostName(authority: string): string | undefined {
  const bracketed = /^\[([0-9a-f:.]{2,45})\](?::\d{1,5})?$/i.exec(authority);
  if (bracketed?.[1] !== undefined) return bracketed[1].toLowerCase();
  const named = /^([a-z0-9._-]{1,253}?)\.?(?::\d{1,5})?$/i.exec(authority);
  return named?.[1]?.toLowerCase();
}
