import { describe, expect, it } from 'vitest';
import { hostName, isLoopbackAddress, isLoopbackHost } from './loopback.ts';

describe('loopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is an address of this machine', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1', '127.0.0.1.example.com', '', '::', undefined])(
    '%s is not',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false);
    },
  );

  it('knows the names of this machine', () => {
    expect(['localhost', 'LocalHost', '::1', '127.0.0.1'].every(isLoopbackHost)).toBe(true);
    expect(['localhost.evil.example', '0.0.0.0', 'example.com'].some(isLoopbackHost)).toBe(false);
  });

  it.each([
    ['Example.COM:8080', 'example.com'],
    ['example.com.', 'example.com'],
    ['[::1]:8080', '::1'],
    ['127.0.0.1', '127.0.0.1'],
    ['a b', undefined],
    ['user@example.com', undefined],
    ['', undefined],
    ['example.com:80:80', undefined],
  ])('reads the name in %j', (authority, name) => {
    expect(hostName(authority)).toBe(name);
  });
});
