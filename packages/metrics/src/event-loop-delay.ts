// The delay of the event loop over a sliding window, from the histograms of `node:perf_hooks`.
//
// Such a histogram takes times between two calls of a timer, its resolution included, and misses whatever comes between `enable` or `reset` and
// the timer's next call (Node 20–24). So two of them take turns: the reading comes from the one that was not reset of late, and
// a timer of our own watches the first moments after the start.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  type Clock,
  type OptionDescriptors,
  type PartialOptions,
  resolveOptions,
  systemClock,
  type Timer,
} from '@ws-stability/core';
import type { MetricsRegistry } from './registry.ts';

export const eventLoopOptions = {
  resolutionMs: {
    kind: 'number',
    default: 20,
    min: 1,
    max: 1000,
    unit: 'ms',
    description: 'How often the delay of the event loop is looked at.',
  },
  windowMs: {
    kind: 'number',
    default: 15_000,
    min: 1000,
    max: 3_600_000,
    unit: 'ms',
    description: 'A reading covers one to two of these, or longer when readings are rarer.',
  },
} as const satisfies OptionDescriptors;

export type EventLoopDelayOptions = PartialOptions<typeof eventLoopOptions>;

/** The part of `IntervalHistogram` that is used; times in nanoseconds. */
interface DelayHistogram {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  percentile(percent: number): number;
  enable(): boolean;
  disable(): boolean;
  reset(): void;
}

export interface EventLoopDelayDependencies {
  readonly clock?: Clock;
  /** @default monitorEventLoopDelay of node:perf_hooks */
  readonly monitor?: (options: { readonly resolution: number }) => DelayHistogram;
}

/** Milliseconds that a call came late, over the time covered. */
export interface EventLoopDelayReading {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly coveredMs: number;
}

interface Turn {
  readonly histogram: DelayHistogram;
  since: number;
}

interface Watch {
  older: Turn;
  younger: Turn;
  /** What the first timer found, until the window that it fell in is over. */
  firstMs: number;
  readonly first: Timer;
}

export class EventLoopDelay {
  readonly #resolutionMs: number;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #monitor: (options: { readonly resolution: number }) => DelayHistogram;
  #watch: Watch | undefined;

  /** @throws StabilityError `ERR_OPTION`. */
  constructor(
    options: EventLoopDelayOptions = {},
    { clock = systemClock, monitor = monitorEventLoopDelay }: EventLoopDelayDependencies = {},
  ) {
    const { resolutionMs, windowMs } = resolveOptions(eventLoopOptions, options, 'eventLoop');
    this.#resolutionMs = resolutionMs;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#monitor = monitor;
  }

  /** Begins to watch; again is harmless. */
  start(): void {
    if (this.#watch !== undefined) return;
    const now = this.#clock.now();
    const first = this.#clock.setTimer(() => this.#onFirst(now), this.#resolutionMs, false);
    this.#watch = { older: this.#turn(now), younger: this.#turn(now), firstMs: 0, first };
  }

  /** Ends it; again is harmless. */
  stop(): void {
    this.#watch?.first.cancel();
    this.#watch?.older.histogram.disable();
    this.#watch?.younger.histogram.disable();
    this.#watch = undefined;
  }

  /** @returns undefined when it is not started or nothing was seen yet. */
  read(): EventLoopDelayReading | undefined {
    const watch = this.#watch;
    if (watch === undefined) return undefined;
    const now = this.#clock.now();
    const { histogram, since } = watch.older;
    const reading =
      histogram.count === 0 && watch.firstMs === 0
        ? undefined
        : {
            meanMs: this.#late(histogram.mean),
            p50Ms: this.#late(histogram.percentile(50)),
            p95Ms: this.#late(histogram.percentile(95)),
            p99Ms: this.#late(histogram.percentile(99)),
            maxMs: Math.max(this.#late(histogram.max), watch.firstMs),
            coveredMs: now - since,
          };
    if (now - watch.younger.since >= this.#windowMs) this.#swap(watch, now);
    return reading;
  }

  /**
   * Exports it as the gauges `event_loop_delay_seconds{statistic="mean|p50|p95|p99|max"}`.
   *
   * @throws StabilityError `ERR_METRIC_DUPLICATE` the second time for a registry.
   */
  exportTo(metrics: MetricsRegistry): void {
    let reading: EventLoopDelayReading | undefined;
    metrics.collect(() => {
      reading = this.read();
    });
    metrics.gauge('event_loop_delay_seconds', {
      help: 'How late the event loop called back, over the last window or two.',
      unit: 'seconds',
      labels: { statistic: ['mean', 'p50', 'p95', 'p99', 'max'] },
      read: ({ statistic }) => (reading === undefined ? undefined : reading[`${statistic}Ms`] / 1000),
    });
  }

  #turn(since: number): Turn {
    const histogram = this.#monitor({ resolution: this.#resolutionMs });
    histogram.enable();
    return { histogram, since };
  }

  #swap(watch: Watch, now: number): void {
    const { older, younger } = watch;
    // At the start both are as old; the first swap only makes them differ.
    if (older.since < younger.since) watch.firstMs = 0;
    watch.older = younger;
    watch.younger = older;
    older.histogram.reset();
    older.since = now;
  }

  #onFirst(startedAt: number): void {
    if (this.#watch !== undefined) {
      this.#watch.firstMs = Math.max(this.#clock.now() - startedAt - this.#resolutionMs, 0);
    }
  }

  /** A histogram without a value says NaN or something odd. */
  #late(nanoseconds: number): number {
    const ms = nanoseconds / 1e6 - this.#resolutionMs;
    return ms > 0 && Number.isFinite(ms) ? ms : 0;
  }
}
