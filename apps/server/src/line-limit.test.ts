import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, it } from 'vitest';
import { LineLimit } from './line-limit.ts';

describe('LineLimit', () => {
  it('passes so many lines a second and tells afterwards how many it held back', () => {
    const clock = new ManualClock();
    const limit = new LineLimit(2, clock);
    expect([limit.pass('gap'), limit.pass('gap'), limit.pass('gap'), limit.pass('gap')]).toEqual([
      0,
      0,
      undefined,
      undefined,
    ]);
    clock.advance(1_000);
    expect([limit.pass('gap'), limit.pass('gap'), limit.pass('gap')]).toEqual([2, 0, undefined]);
  });

  it('counts each kind by itself', () => {
    const limit = new LineLimit(1, new ManualClock());
    expect([limit.pass('gap'), limit.pass('refused'), limit.pass('gap')]).toEqual([0, 0, undefined]);
  });
});
