export { ManagerMetrics, type ManagerMetricsDependencies } from './manager-metrics.ts';
export type { MeasuredManager } from './reading.ts';
