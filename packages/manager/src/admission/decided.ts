// Whether a hook has decided at all: one that forgets to answer lets nobody in.
import { StabilityError } from '@ws-stability/core';

/** @throws StabilityError `ERR_HOOK` for an answer that says neither yes nor no */
export function decided<Decision extends { readonly accept: boolean }>(
  answer: Decision | undefined,
  hook: string,
): Decision {
  if (typeof answer?.accept === 'boolean') return answer;
  const message = `${hook} answered neither accept: true nor accept: false, so nobody was let in; return one of them.`;
  throw new StabilityError('ERR_HOOK', message);
}
