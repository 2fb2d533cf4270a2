// A typed emitter: listeners are called in order, one that throws does not keep the others from being called.
import { reportError, rethrowLater } from './report-error.ts';

export type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => void;

/** Event names and the arguments of their listeners. */
export type EventMap = { readonly [name: string]: readonly unknown[] };

/** What a live thing shows of its emitter. */
export interface Observable<Events extends EventMap> {
  /** Listens until the returned function is called; that function ends this registration only, however often it is called. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void;
}

interface Registration {
  readonly name: PropertyKey;
  readonly listener: Listener<never>;
}

export class Emitter<Events extends EventMap> implements Observable<Events> {
  // Replaced, never changed in place: an emission in progress goes on over the listeners it began with. One list for all
  // events, because a live thing has few listeners.
  #registrations: readonly Registration[] = [];
  readonly #onListenerError: (error: unknown) => void;

  /** @param onListenerError what to do with what a listener throws. @default rethrown from a microtask, so that it is never lost */
  constructor(onListenerError: (error: unknown) => void = rethrowLater) {
    this.#onListenerError = onListenerError;
  }

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const registration: Registration = { name, listener: listener as Listener<never> };
    this.#registrations = [...this.#registrations, registration];
    return () => this.#keep((other) => other !== registration);
  }

  /** Ends every registration of a listener for an event. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#keep((other) => other.name !== name || other.listener !== (listener as Listener<never>));
  }

  /** Whether anyone listens; lets a hot path skip building what nobody hears. */
  has(name: keyof Events): boolean {
    return this.#registrations.some((registration) => registration.name === name);
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    for (const registration of this.#registrations) {
      if (registration.name !== name) continue;
      try {
        (registration.listener as Listener<Events[Name]>)(...args);
      } catch (error) {
        reportError(this.#onListenerError, error);
      }
    }
  }

  /** Forgets every listener. */
  clear(): void {
    this.#registrations = [];
  }

  #keep(wanted: (registration: Registration) => boolean): void {
    this.#registrations = this.#registrations.filter(wanted);
  }
}
