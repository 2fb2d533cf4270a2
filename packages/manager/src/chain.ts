// Goes on with a value now if it is there, later if it is promised.
import { isPromise, type MaybePromise } from '@ws-stability/core';

export function chain<From, To>(value: MaybePromise<From>, next: (value: From) => MaybePromise<To>): MaybePromise<To> {
  return isPromise(value) ? value.then(next) : next(value);
}
