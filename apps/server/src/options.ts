// The server's own settings, beside those of the packages it is made of.
import type { ConfigCheck, OptionGroup, PackageGroups } from '@ws-stability/config';
import type { OptionDescriptors } from '@ws-stability/core';
import { isLoopbackHost } from './http/loopback.ts';

const MIB = 1024 * 1024;
const HOST_NAME = /^[A-Za-z0-9.-]{1,253}$|^[0-9A-Fa-f:.]{2,45}$/;

export const serverOptions = {
  port: {
    kind: 'number',
    default: 8_080,
    min: 0,
    max: 65_535,
    unit: 'count',
    description: 'The TCP port; 0 takes a free one.',
  },
  host: {
    kind: 'text',
    default: '127.0.0.1',
    pattern: HOST_NAME,
    allowed: 'a host name or an IP address, without a port',
    description: 'The address to listen on; 0.0.0.0 or :: for all, refused in development.',
  },
  hosts: {
    kind: 'list',
    default: [],
    maxItems: 1_000,
    pattern: HOST_NAME,
    allowed: 'a host name or an IP address, without a port',
    description:
      'What the Host header may name besides `host` and the names of loopback; guards against DNS rebinding.',
  },
  apiToken: {
    kind: 'text',
    default: '',
    secret: true,
    pattern: /^$|^[!-~]{16,512}$/,
    allowed: 'empty, or 16 to 512 printable ASCII characters without a space',
    description:
      'What `Authorization: Bearer` of an API request must carry; while empty, the API answers loopback only.',
  },
  bodyBytes: {
    kind: 'number',
    default: 2 * MIB,
    min: 1_024,
    max: 256 * MIB,
    unit: 'bytes',
    description: 'The largest body of an HTTP request.',
  },
  requestTimeoutMs: {
    kind: 'number',
    default: 30_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    description: 'How long an HTTP request may take to arrive.',
  },
  logLevel: {
    kind: 'choice',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    description: 'The least level that is logged; connections coming and going are `debug`.',
  },
  logLinesPerSecond: {
    kind: 'number',
    default: 50,
    min: 1,
    max: 1_000_000,
    unit: 'perSecond',
    description: 'Lines a second of each kind of event; the rest is counted and told in one line.',
  },
} as const satisfies OptionDescriptors;

export const serverGroup = {
  about: 'The reference server: where it listens, whom it answers, what it logs.',
  options: serverOptions,
  variables: { PORT: 'port', HOST: 'host', WS_STABILITY_API_TOKEN: 'apiToken' },
} as const satisfies OptionGroup<typeof serverOptions>;

export type ServerGroups = { readonly server: typeof serverGroup };

export const serverChecks: readonly ConfigCheck<PackageGroups & ServerGroups>[] = [
  {
    paths: ['server.host'],
    check: ({ server }, env) =>
      env !== 'development' || isLoopbackHost(server.host)
        ? undefined
        : 'localhost, 127.0.0.1 or ::1 in development, which has controls that nobody else may reach; set WS_STABILITY_ENV=production to listen beyond this machine',
  },
  {
    paths: ['server.bodyBytes', 'log.maxMessageBytes'],
    check: ({ server, log }) =>
      server.bodyBytes >= log.maxMessageBytes
        ? undefined
        : `at least log.maxMessageBytes (${log.maxMessageBytes}), or the largest message cannot be published`,
  },
];
