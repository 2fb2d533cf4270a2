// Histograms with fixed buckets: an observation is one search and two additions, nothing is allocated.
import { StabilityError } from '@ws-stability/core';
import { BoundIndex } from './bound-index.ts';

/**
 * Upper bounds in seconds for latencies, 0.1 ms to 63 s: five to the decade, the preferred numbers R5 of ISO 3
 * (1, 1.6, 2.5, 4, 6.3). A quantile and the truth lie in the same bucket, so from 0.1 ms to 63 s the estimate is at most 1.6
 * times the truth or the truth 1.6 times the estimate.
 */
export const latencySeconds: readonly number[] = [
  0.0001, 0.00016, 0.00025, 0.0004, 0.00063, 0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01, 0.016, 0.025, 0.04, 0.063, 0.1,
  0.16, 0.25, 0.4, 0.63, 1, 1.6, 2.5, 4, 6.3, 10, 16, 25, 40, 63,
];

const MOST_BUCKETS = 200;

/** How many observations were at most so large. */
export interface Bucket {
  /** Upper bound, included; the last is +Infinity, written `null` in JSON. */
  readonly le: number | null;
  /** Observations up to this bound, those of all smaller ones included. */
  readonly count: number;
}

export class Histogram {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  readonly #index: BoundIndex;
  /** Of all observations. */
  sum = 0;
  /** Observations below 0 or not finite, which changed nothing. */
  refused = 0;

  /**
   * @param bounds upper bounds, rising, finite, 1–200; values above the last are counted too.
   * @throws StabilityError `ERR_METRIC_BUCKETS`.
   */
  constructor(bounds: readonly number[] = latencySeconds) {
    checkBounds(bounds);
    this.#bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
    this.#index = new BoundIndex(this.#bounds);
  }

  /** @param value 0 or more, in the unit of the metric. */
  observe(value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      this.refused++;
      return;
    }
    const place = this.#index.placeOf(value);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.sum += value;
  }

  /** Number of observations. */
  get count(): number {
    let count = 0;
    for (const inBucket of this.#counts) count += inBucket;
    return count;
  }

  /**
   * The value that this share of the observations does not exceed, estimated.
   *
   * The bucket is the right one; within it observations are taken as evenly spread, as Prometheus does. The error is therefore less than the
   * bucket's width. Above the last bound the answer is the last bound, which is then too small.
   *
   * @param share 0–1.
   * @returns undefined when nothing was observed.
   */
  quantile(share: number): number | undefined {
    const wanted = this.count * Math.min(Math.max(share, 0), 1);
    if (!(this.count > 0)) return undefined;
    let below = 0;
    for (let place = 0; place < this.#bounds.length; place++) {
      const inBucket = this.#counts[place] ?? 0;
      if (inBucket > 0 && below + inBucket >= wanted) {
        const lower = place === 0 ? 0 : (this.#bounds[place - 1] ?? 0);
        const upper = this.#bounds[place] ?? 0;
        return lower + ((upper - lower) * (wanted - below)) / inBucket;
      }
      below += inBucket;
    }
    return this.#bounds.at(-1);
  }

  /** Cumulative counts, the last of all observations. */
  get buckets(): readonly Bucket[] {
    let count = 0;
    return Array.from(this.#counts, (inBucket, place) => {
      count += inBucket;
      return { le: this.#bounds[place] ?? null, count };
    });
  }
}

/** Rising bounds from a first one, each `factor` times the one before. @throws StabilityError `ERR_METRIC_BUCKETS`. */
export function logSpaced(first: number, factor: number, count: number): readonly number[] {
  const bounds = Array.from({ length: Math.min(count, MOST_BUCKETS + 1) }, (_, place) => first * factor ** place);
  checkBounds(bounds);
  return bounds;
}

function checkBounds(bounds: readonly number[]): void {
  const rising = bounds.every((bound, place) => Number.isFinite(bound) && bound > (bounds[place - 1] ?? 0));
  if (bounds.length === 0 || bounds.length > MOST_BUCKETS || !rising) {
    throw new StabilityError(
      'ERR_METRIC_BUCKETS',
      `Give 1 to ${MOST_BUCKETS} bounds above 0, each finite and larger than the one before.`,
      { details: { bounds: bounds.slice(0, MOST_BUCKETS) } },
    );
  }
}
