// A typed emitter: listeners are called in order, one that throws does not keep the others from being called.

export type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => void;

/** Event names and the arguments of their listeners. */
export type EventMap = { readonly [name: string]: readonly unknown[] };

/** What a live thing shows of its emitter. */
export interface Observable<Events extends EventMap> {
  /** Listens until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void;
}

export class Emitter<Events extends EventMap> implements Observable<Events> {
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>();
  readonly #onListenerError: (error: unknown) => void;

  /** @param onListenerError what to do with what a listener throws. @default rethrown from a microtask, so that it is never lost */
  constructor(onListenerError: (error: unknown) => void = rethrowLater) {
    this.#onListenerError = onListenerError;
  }

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener as Listener<never>]);
    return () => this.off(name, listener);
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const left = (this.#listeners.get(name) ?? []).filter((other) => other !== (listener as Listener<never>));
    if (left.length > 0) this.#listeners.set(name, left);
    else this.#listeners.delete(name);
  }

  /** Whether anyone listens; lets a hot path skip building what nobody hears. */
  has(name: keyof Events): boolean {
    return this.#listeners.has(name);
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    const listeners = this.#listeners.get(name) as readonly Listener<Events[Name]>[] | undefined;
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener(...args);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  /** Forgets every listener. */
  clear(): void {
    this.#listeners.clear();
  }
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
