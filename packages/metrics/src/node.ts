// What only Node can tell: how long the event loop keeps everyone waiting.
export {
  EventLoopDelay,
  type EventLoopDelayDependencies,
  type EventLoopDelayOptions,
  type EventLoopDelayReading,
  eventLoopOptions,
} from './event-loop-delay.ts';
