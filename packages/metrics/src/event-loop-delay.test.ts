import { ManualClock } from '@ws-stability/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventLoopDelay } from './event-loop-delay.ts';
import { MetricsRegistry } from './registry.ts';

/** As the platform's: values include the resolution, and one that comes right after `enable` or `reset` is missed. */
class FakeHistogram {
  values: number[] = [];
  enabled = false;
  misses = true;

  record(ms: number): void {
    if (this.enabled && !this.misses) this.values.push(ms * 1e6);
    this.misses = false;
  }

  get count(): number {
    return this.values.length;
  }
  get mean(): number {
    return this.values.reduce((sum, value) => sum + value, 0) / this.values.length;
  }
  get max(): number {
    return Math.max(0, ...this.values);
  }
  percentile(percent: number): number {
    const sorted = this.values.toSorted((one, other) => one - other);
    return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 511;
  }
  enable(): boolean {
    this.enabled = true;
    return true;
  }
  disable(): boolean {
    this.enabled = false;
    return true;
  }
  reset(): void {
    this.values = [];
    this.misses = true;
  }
}

let clock: ManualClock;
let histograms: FakeHistogram[];
let delay: EventLoopDelay;

beforeEach(() => {
  clock = new ManualClock();
  histograms = [];
  const monitor = (): FakeHistogram => {
    const histogram = new FakeHistogram();
    histograms.push(histogram);
    return histogram;
  };
  delay = new EventLoopDelay({ resolutionMs: 10, windowMs: 1000 }, { clock, monitor });
});

/** The loop turns on time for a while, then once late. */
function turn(ms: number, lateMs = 0): void {
  for (let at = 0; at < ms; at += 10) {
    clock.advance(10);
    for (const histogram of histograms) histogram.record(10);
  }
  if (lateMs === 0) return;
  clock.freeze(10 + lateMs);
  for (const histogram of histograms) histogram.record(10 + lateMs);
}

describe('EventLoopDelay', () => {
  it('tells how late calls came, without the resolution', () => {
    delay.start();
    turn(500, 40);
    expect(delay.read()).toMatchObject({ p50Ms: 0, maxMs: 40, coveredMs: 550 });
  });

  it('knows of a stall right after the start', () => {
    delay.start();
    turn(0, 200);
    turn(100);
    expect(delay.read()?.maxMs).toBe(200);
  });

  it('knows of a stall right after a window began, and forgets it two windows later', () => {
    delay.start();
    turn(1000);
    delay.read();
    turn(0, 300);
    expect(delay.read()?.maxMs).toBe(300);
    turn(1000);
    expect(delay.read()?.maxMs).toBe(300);
    turn(1000);
    delay.read();
    turn(1000);
    expect(delay.read()).toMatchObject({ maxMs: 0, p99Ms: 0 });
  });

  it('forgets the stall after the start with its window', () => {
    delay.start();
    turn(0, 200);
    for (let window = 0; window < 4; window++) {
      turn(1000);
      delay.read();
    }
    expect(delay.read()?.maxMs).toBe(0);
  });

  it('says nothing before it knows anything, and after it was stopped', () => {
    expect(delay.read()).toBeUndefined();
    delay.start();
    delay.start();
    expect([delay.read(), histograms.length]).toEqual([undefined, 2]);
    delay.stop();
    delay.stop();
    expect(delay.read()).toBeUndefined();
    expect(histograms.map(({ enabled }) => enabled)).toEqual([false, false]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is exported in seconds', () => {
    const metrics = new MetricsRegistry();
    delay.exportTo(metrics);
    const samples = (): readonly unknown[] =>
      metrics.snapshot().metrics.find(({ name }) => name === 'ws_stability_event_loop_delay_seconds')?.samples ?? [];
    expect(samples()).toEqual([]);
    delay.start();
    turn(100, 50);
    expect(samples()).toContainEqual({ labels: { statistic: 'max' }, value: 0.05 });
  });

  it('works with the histograms of the platform', async () => {
    const real = new EventLoopDelay({ resolutionMs: 1 });
    real.start();
    const until = performance.now() + 100;
    while (performance.now() < until) Math.sqrt(until);
    await expect.poll(() => real.read()?.maxMs).toBeGreaterThan(80);
    real.stop();
  });
});
