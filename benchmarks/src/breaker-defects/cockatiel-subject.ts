// cockatiel as a subject.
import { failOnce, type Guard, type Subject, type Wishes } from './subject.ts';

interface Policy {
  readonly state: number;
  execute<Value>(action: () => Value | Promise<Value>): Promise<Value>;
  toJSON(): unknown;
}

export interface CockatielModule {
  readonly handleAll: object;
  readonly circuitBreaker: (handled: object, options: object) => Policy;
  readonly handleWhen: (filter: (error: Error) => boolean) => object;
  readonly ConsecutiveBreaker: new (threshold: number) => object;
  readonly CountBreaker: new (options: object) => object;
  readonly SamplingBreaker: new (options: object) => object;
}

const STATES = ['closed', 'open', 'halfOpen', 'open'] as const;

function guardOf(policy: Policy): Guard {
  return {
    call: (action) => policy.execute(action),
    state: () => STATES[policy.state] ?? 'closed',
    save: () => policy.toJSON(),
    close: () => {},
  };
}

export function cockatielSubject(cockatiel: CockatielModule, version: string): Subject {
  const make = ({ openMs, windowMs, restore }: Wishes): Guard => {
    const breaker =
      windowMs === undefined
        ? new cockatiel.ConsecutiveBreaker(1)
        : // Five calls in a window of a quarter of a second.
          new cockatiel.SamplingBreaker({ threshold: 0.5, duration: windowMs, minimumRps: 5_000 / windowMs });
    const options = { halfOpenAfter: openMs, breaker, ...(restore !== undefined && { initialState: restore }) };
    return guardOf(cockatiel.circuitBreaker(cockatiel.handleAll, options));
  };
  return {
    name: 'cockatiel',
    version,
    make,
    diluted: async () => {
      const breaker = new cockatiel.CountBreaker({ threshold: 0.5, size: 151, minimumNumberOfCalls: 61 });
      const filtered = cockatiel.handleWhen((error) => error.message !== 'ours');
      const guard = guardOf(cockatiel.circuitBreaker(filtered, { halfOpenAfter: 10_000, breaker }));
      await guard.call(() => 'fresh');
      for (let call = 0; call < 90; call++) await guard.call(() => Promise.reject(new Error('ours'))).catch(() => {});
      for (let call = 0; call < 60; call++) await failOnce(guard);
      return { guard, by: 'with a filtered error' };
    },
  };
}
