// Where errors of background work go: to whoever asked for them, and else where no caller can swallow them.

/** Throws from a microtask, so that the platform reports it as uncaught. */
export function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Tells a handler of an error; a handler that throws itself does not stop the work that goes on after this. */
export function reportError(handler: (error: unknown) => void, error: unknown): void {
  try {
    handler(error);
  } catch (second) {
    rethrowLater(second);
  }
}
