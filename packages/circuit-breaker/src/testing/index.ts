export { compareHistory, type HistoryReport } from './compare-history.ts';
export { ReferenceBreaker, type ReferenceOutcome } from './reference-breaker.ts';
