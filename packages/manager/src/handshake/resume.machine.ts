// Whether a hello may go on with the session it names. First match wins:
//
//   record            | token | principal | held by                        | verdict
//   unknown, expired, version | – | –     | –                              | that reason
//   found             | wrong | –         | –                              | token
//   found             | right | differs   | –                              | principal
//   found             | right | same      | another instance, no takeover  | inUse
//   found             | right | same      | nobody, this instance, or takeover | resume
import type { ResumeFailure } from '@ws-stability/protocol';

export interface ResumeFacts {
  readonly record: 'found' | 'unknown' | 'expired' | 'version';
  readonly tokenMatches: boolean;
  readonly samePrincipal: boolean;
  /** A connection holds the session at this moment. */
  readonly held: boolean;
  readonly sameInstance: boolean;
  readonly takeover: boolean;
}

export type ResumeVerdict = 'resume' | Exclude<ResumeFailure, 'store'>;

export function judgeResume(facts: ResumeFacts): ResumeVerdict {
  if (facts.record !== 'found') return facts.record;
  if (!facts.tokenMatches) return 'token';
  if (!facts.samePrincipal) return 'principal';
  if (facts.held && !facts.sameInstance && !facts.takeover) return 'inUse';
  return 'resume';
}
