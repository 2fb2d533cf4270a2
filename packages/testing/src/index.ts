export { assertDelivery, checkDelivery, type DeliveryReport } from './check-delivery.ts';
export { type DeliveryProblem, describeProblem } from './delivery-problem.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { FaultProxy, type FaultProxyOptions, type FaultProxySnapshot } from './fault-proxy.ts';
export {
  History,
  type PublishedEvent,
  type PublishOutcome,
  type RecordedHistory,
  type SubscriberEvent,
} from './history.ts';
export type { LaneFaults, LaneMode } from './lane.machine.ts';
export type { CutManner, Lane, LaneBytes, LaneSnapshot } from './lane.ts';
export type { Direction, Link, LinkSnapshot } from './link.ts';
export { createMemoryServer, type MemoryServer } from './memory-server.ts';
export { createPair, type Pair, type PairOptions } from './pair.ts';
export { cutAtRandom, type PlannedCut, type RandomCuts, type RandomCutsOptions } from './random-cuts.ts';
export { randomSeed, withSeed } from './with-seed.ts';
