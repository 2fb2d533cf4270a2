// The breakers that one would use instead, in the configuration nearest to ours.
import type { CircuitBreakerPolicy, IBreaker } from 'cockatiel';

export const opossum = 'opossum';
export const cockatiel = 'cockatiel';

/** @returns a maker of breakers; opossum takes what is guarded when the breaker is made. */
export async function opossumBreakers(timeout: number | false) {
  const { default: CircuitBreaker } = await import('opossum');
  return (action: () => Promise<number>) => new CircuitBreaker(action, { timeout, resetTimeout: 86_400_000 });
}

type CockatielRule = 'consecutive' | 'sampling' | 'count';

export const cockatielRules: readonly CockatielRule[] = ['consecutive', 'sampling', 'count'];

/** @returns a maker of breakers. */
export async function cockatielBreakers(rule: CockatielRule): Promise<() => CircuitBreakerPolicy> {
  const { circuitBreaker, handleAll, ConsecutiveBreaker, CountBreaker, SamplingBreaker } = await import('cockatiel');
  const rules: Readonly<Record<CockatielRule, () => IBreaker>> = {
    consecutive: () => new ConsecutiveBreaker(5),
    sampling: () => new SamplingBreaker({ threshold: 0.5, duration: 60_000 }),
    count: () => new CountBreaker({ threshold: 0.5, size: 100 }),
  };
  return () => circuitBreaker(handleAll, { halfOpenAfter: 86_400_000, breaker: rules[rule]() });
}
