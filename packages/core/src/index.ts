export { type BackoffPolicy, backoffDelay } from './backoff.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { Emitter, type EventMap, type Listener, type Observable } from './emitter.ts';
export type { MaybePromise } from './maybe-promise.ts';
export { isPromise, whenSettled } from './maybe-promise.ts';
export {
  type BooleanOption,
  type ChoiceOption,
  checkOptions,
  describeAllowed,
  isAllowed,
  type ListOption,
  type NumberOption,
  type OptionDescriptor,
  type OptionDescriptors,
  type OptionProblem,
  optionError,
  type PartialOptions,
  type ResolvedOptions,
  resolveOptions,
  type TextOption,
} from './options.ts';
export { type Random, randomHex, systemRandom } from './random.ts';
export { isStabilityError, StabilityError, type StabilityErrorDetails } from './stability-error.ts';
export { TimerWheel, type TimerWheelOptions, WheelEntry } from './timer-wheel.ts';
