import { describe, expect, it } from 'vitest';
import { accessCheck, checkHost, checkOrigin } from './request-guards.ts';

describe('checkHost', () => {
  const hosts = new Set(['chat.example.com']);
  const ours = (host?: string) => checkHost(host === undefined ? {} : { host }, hosts) === undefined;

  it('answers for this machine and for configured names, on any port', () => {
    expect(['localhost:8080', '127.0.0.1', '[::1]:1', 'CHAT.example.com:443'].every(ours)).toBe(true);
  });

  it('refuses other names, as rebinding pages send them, and none at all', () => {
    expect(
      ['evil.example', 'localhost.evil.example:8080', 'chat.example.com.evil.example', '', undefined].some(ours),
    ).toBe(false);
    expect(checkHost({ host: 'evil.example' }, hosts)).toMatchObject({
      status: 421,
      code: 'ERR_HOST',
      value: 'evil.example',
    });
  });
});

describe('checkOrigin', () => {
  const allows = (origin: string | undefined, host = 'localhost:8080') =>
    checkOrigin(origin === undefined ? { host } : { host, origin }, ['https://app.example']) === undefined;

  it('lets programs, pages of the same host and pages on the list through', () => {
    expect([undefined, 'http://localhost:8080', 'https://app.example'].every((origin) => allows(origin))).toBe(true);
  });

  it('refuses every other page', () => {
    const others = [
      'null',
      'http://localhost:8081',
      'https://app.example.evil',
      'http://evil',
      'file://localhost:8080',
      '',
    ];
    expect(others.some((origin) => allows(origin))).toBe(false);
  });
});

describe('accessCheck', () => {
  const token = '0123456789abcdef';
  const remoteAddress = '10.0.0.9';

  it('takes only the right bearer token where one is set, from anywhere', () => {
    const check = accessCheck(token);
    const verdict = (authorization?: string) =>
      check({ headers: authorization === undefined ? {} : { authorization }, remoteAddress })?.status;
    expect([`Bearer ${token}`, `bearer  ${token}`].map(verdict)).toEqual([undefined, undefined]);
    expect([undefined, '', token, `Bearer ${token}x`, `Basic ${token}`, 'Bearer '].map(verdict)).toEqual(
      Array(6).fill(401),
    );
  });

  it('does not make an exception for this machine where a token is set', () => {
    expect(accessCheck(token)({ headers: {}, remoteAddress: '127.0.0.1' })?.status).toBe(401);
  });

  it('answers this machine only where none is set, and never what came through a proxy', () => {
    const check = accessCheck('');
    const verdict = (address: string | undefined, headers = {}) => check({ headers, remoteAddress: address })?.status;
    expect(verdict('127.0.0.1')).toBeUndefined();
    expect(verdict('::ffff:127.0.0.1', { authorization: 'Bearer x' })).toBeUndefined();
    expect(verdict('10.0.0.9')).toBe(403);
    expect(verdict(undefined)).toBe(403);
    for (const name of [
      'forwarded',
      'via',
      'x-real-ip',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-anything',
    ]) {
      expect([name, verdict('127.0.0.1', { [name]: '' })]).toEqual([name, 403]);
    }
  });

  it('never repeats the token', () => {
    const refusal = accessCheck(token)({ headers: { authorization: 'Bearer guessed-secret' }, remoteAddress });
    expect(JSON.stringify(refusal)).not.toContain('guessed-secret');
    expect(JSON.stringify(refusal)).not.toContain(token);
  });
});
