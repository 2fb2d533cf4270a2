// A limit on how long the application may think.
import { isPromise, type MaybePromise, StabilityError } from '@ws-stability/core';

/** @param ms milliseconds. @throws StabilityError `ERR_HOOK_TIMEOUT` */
export async function deadline<Value>(value: MaybePromise<Value>, ms: number, hook: string): Promise<Value> {
  if (!isPromise(value)) return value;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${hook} took longer than ${ms} ms; make it answer sooner or raise upgradeTimeoutMs.`;
      reject(new StabilityError('ERR_HOOK_TIMEOUT', message, { retryable: true }));
    }, ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
