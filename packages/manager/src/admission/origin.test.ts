import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from './origin.ts';

const listed = {
  origins: ['https://example.com', 'http://localhost:3000', 'https://xn--bcher-kva.example'],
  allowMissingOrigin: false,
};
const sameHost = { origins: [], allowMissingOrigin: false };

describe('an origin against the list', () => {
  it.each([
    ['https://example.com', true],
    ['HTTPS://EXAMPLE.COM', true],
    ['https://example.com:443', true],
    ['http://localhost:3000', true],
    ['https://xn--bcher-kva.example', true],
    ['https://bücher.example', true],
    ['http://example.com', false],
    ['https://example.com:8443', false],
    ['https://example.com.evil.io', false],
    ['https://evilexample.com', false],
    ['https://www.example.com', false],
    ['https://example.com@evil.io', false],
    ['https://evil.io\\@example.com', false],
    ['https://evil.io#https://example.com', false],
    ['https://example.com/', false],
    ['https://example.com, https://evil.io', false],
    ['https://example.com https://evil.io', false],
    ['http://localhost', false],
    ['http://127.0.0.1:3000', false],
    ['https://exаmple.com', false],
    ['https://', false],
    ['file://', false],
    ['null', false],
    ['', false],
  ])('%s: %s', (origin, allowed) => {
    expect(isOriginAllowed({ origin, host: 'example.com' }, listed)).toBe(allowed);
  });
});

describe('an origin against the host, when no list is given', () => {
  it.each([
    ['http://a.com', 'a.com', true],
    ['https://a.com', 'a.com', true],
    ['http://a.com:8080', 'a.com:8080', true],
    ['http://A.com', 'a.COM', true],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['http://a.com:8080', 'a.com', false],
    ['http://a.com', 'a.com:8080', false],
    ['http://b.com', 'a.com', false],
    ['http://a.com.evil.io', 'a.com', false],
    ['http://evila.com', 'a.com', false],
    ['null', 'null', false],
    ['http://a.com', undefined, false],
  ])('%s to %s: %s', (origin, host, allowed) => {
    expect(isOriginAllowed({ origin, ...(host === undefined ? {} : { host }) }, sameHost)).toBe(allowed);
  });
});

it('lets a request without an origin pass only where that is allowed', () => {
  for (const rules of [listed, sameHost]) {
    expect(isOriginAllowed({ host: 'a.com' }, { ...rules, allowMissingOrigin: true })).toBe(true);
    expect(isOriginAllowed({ host: 'a.com' }, rules)).toBe(false);
    expect(isOriginAllowed({ host: 'a.com', origin: 'null' }, { ...rules, allowMissingOrigin: true })).toBe(false);
  }
});
