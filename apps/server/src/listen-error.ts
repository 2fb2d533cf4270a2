// Why the server cannot listen, and what to do about it.
import { StabilityError } from '@ws-stability/core';

export function listenError(cause: unknown, host: string, port: number): StabilityError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
  const details = { host, port, cause: code };
  return new StabilityError('ERR_LISTEN', `Cannot listen on ${host}, port ${port}: ${reason(code, cause, port)}`, {
    cause,
    details,
  });
}

function reason(code: string | undefined, cause: unknown, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `another program has that port. Stop it (ss -ltnp 'sport = :${port}' shows which), or choose another port with --port or PORT; 0 takes a free one.`;
    case 'EACCES':
      return 'not permitted. Ports below 1024 need a privilege; choose a higher one with --port or PORT.';
    case 'EADDRNOTAVAIL':
      return 'no network interface has that address. Choose one of this machine with --host or HOST.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known. Give an address with --host or HOST.';
    default:
      return `${cause instanceof Error ? cause.message : String(cause)}. Choose another with --host and --port.`;
  }
}
