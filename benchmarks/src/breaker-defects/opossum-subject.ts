// opossum as a subject: its action gets what to do as its argument.
import { failOnce, type Guard, openEnded, pause, type Subject, start, type Wishes } from './subject.ts';

interface Opossum {
  readonly opened: boolean;
  readonly halfOpen: boolean;
  fire(action: unknown): Promise<never>;
  healthCheck(check: () => Promise<void>, intervalMs: number): void;
  shutdown(): void;
  toJSON(): { readonly state: unknown };
}

export interface OpossumModule {
  readonly default: new (action: (todo: () => unknown) => unknown, options: object) => Opossum;
}

export function opossumSubject({ default: CircuitBreaker }: OpossumModule, version: string): Subject {
  const create = (options: object): Opossum =>
    new CircuitBreaker((todo) => todo(), { timeout: false, errorThresholdPercentage: 1, ...options });
  const guardOf = (breaker: Opossum): Guard => ({
    call: (action) => breaker.fire(action),
    state: () => (breaker.opened ? 'open' : breaker.halfOpen ? 'halfOpen' : 'closed'),
    save: () => breaker.toJSON().state,
    close: () => breaker.shutdown(),
  });
  const make = ({ openMs, windowMs, restore }: Wishes): Guard => {
    const window = {
      errorThresholdPercentage: 50,
      volumeThreshold: 5,
      rollingCountTimeout: windowMs,
      rollingCountBuckets: 5,
    };
    return guardOf(
      create({
        resetTimeout: openMs,
        ...(windowMs !== undefined && window),
        ...(restore !== undefined && { state: restore }),
      }),
    );
  };
  return {
    name: 'opossum',
    version,
    make,
    refusedByCapacity: async () => {
      const guard = guardOf(create({ capacity: 1, resetTimeout: 10_000 }));
      start(guard, openEnded().action);
      for (let call = 0; call < 2; call++) await guard.call(() => 'made').catch(() => {});
      return guard;
    },
    runsAfterShutdown: async () => {
      const breaker = create({ resetTimeout: 1_000 });
      let runs = 0;
      breaker.healthCheck(async () => void runs++, 20);
      await pause(50);
      breaker.shutdown();
      runs = 0;
      await pause(200);
      const after = runs;
      return after;
    },
    diluted: async () => {
      const guard = guardOf(
        create({
          errorThresholdPercentage: 50,
          volumeThreshold: 61,
          resetTimeout: 10_000,
          cache: true,
          cacheGetKey: keyOf,
        }),
      );
      for (let call = 0; call < 91; call++) await guard.call(cached);
      for (let call = 0; call < 60; call++) await failOnce(guard);
      return { guard, by: 'from its cache' };
    },
  };
}

const cached = (): string => 'cached';
let calls = 0;
const keyOf = (action: unknown): string => (action === cached ? 'same' : `call ${calls++}`);
