// Values that may be there already: ports answer synchronously when they can, so that no promise is paid per message.

export type MaybePromise<Value> = Value | Promise<Value>;

export function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<Value>).then === 'function';
}

/**
 * Goes on with a value: at once when it is there, else when it arrives; a rejection of the value goes to `onError`.
 * What `onValue` itself throws never does: the operation has succeeded then and must not be reported as failed.
 */
export function whenSettled<Value>(
  value: MaybePromise<Value>,
  onValue: (value: Value) => void,
  onError: (error: unknown) => void,
): void {
  if (isPromise(value)) void value.then(onValue, onError);
  else onValue(value);
}
