export {
  BreakerGroup,
  type BreakerGroupEvents,
  type BreakerGroupSettings,
  type BreakerGroupSnapshot,
} from './breaker-group.ts';
export type { BreakerDependencies, BreakerSettings } from './breaker-policy.ts';
export {
  type BreakerChange,
  type BreakerEvents,
  type BreakerSnapshot,
  type BreakerStateName,
  CircuitBreaker,
  type CircuitBreakerSettings,
} from './circuit-breaker.ts';
export { circuitOpenError } from './circuit-open-error.ts';
export type { Outcome, Permit, Rejection } from './permit.ts';
export type { SavedBreaker } from './saved-breaker.ts';
export type { TripRule, TripWindow } from './trip-rule.ts';
