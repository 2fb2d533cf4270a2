import { describe, expect, it } from 'vitest';
import { judgeResume, type ResumeFacts, type ResumeVerdict } from './resume.machine.ts';

const fine: ResumeFacts = {
  record: 'found',
  tokenMatches: true,
  samePrincipal: true,
  held: false,
  sameInstance: false,
  takeover: false,
};

describe('whether a hello goes on with a session', () => {
  it.each([
    ['an unknown session', { record: 'unknown' }, 'unknown'],
    ['an expired session', { record: 'expired' }, 'expired'],
    ['a record of an incompatible release', { record: 'version' }, 'version'],
    ['a wrong token', { tokenMatches: false }, 'token'],
    ['another principal', { samePrincipal: false }, 'principal'],
    ['held by another instance', { held: true }, 'inUse'],
    ['held by another instance, with takeover', { held: true, takeover: true }, 'resume'],
    ['held by this instance', { held: true, sameInstance: true }, 'resume'],
    ['held by nobody', {}, 'resume'],
    ['held by nobody, with takeover', { takeover: true }, 'resume'],
  ] as const)('%s', (_, facts, verdict) => {
    expect(judgeResume({ ...fine, ...facts })).toBe(verdict);
  });

  it('says the first reason in its order, for every set of facts', () => {
    const booleans = [true, false];
    let resumed = 0;
    for (const record of ['found', 'unknown', 'expired', 'version'] as const)
      for (const tokenMatches of booleans)
        for (const samePrincipal of booleans)
          for (const held of booleans)
            for (const sameInstance of booleans)
              for (const takeover of booleans) {
                const reasons: (ResumeVerdict | false)[] = [
                  record !== 'found' && record,
                  !tokenMatches && 'token',
                  !samePrincipal && 'principal',
                  held && !sameInstance && !takeover && 'inUse',
                ];
                const verdict = judgeResume({ record, tokenMatches, samePrincipal, held, sameInstance, takeover });
                expect(verdict).toBe(reasons.find((reason) => reason !== false) ?? 'resume');
                if (verdict === 'resume') resumed++;
              }
    expect(resumed).toBe(7);
  });

  it('tells nobody without the token anything about the session but that it is there', () => {
    for (const facts of [{ samePrincipal: false }, { held: true }, { held: true, samePrincipal: false }])
      expect(judgeResume({ ...fine, ...facts, tokenMatches: false })).toBe('token');
  });
});
