import { describe, expect, it } from 'vitest';
import { isSettled, lookAtProgress, type ProgressLook, type ProgressState, startProgress } from './progress.machine.ts';

const times = { ackMs: 3_000, stallMs: 5_000, lookMs: 1_000 };
const quiet = { owed: false, progressed: false, full: false, drained: false, paused: false };

/** Looks once a second, each time at the same thing, and says what came of it. */
function looks(count: number, seen: Partial<ProgressLook>, from = startProgress(0)): [ProgressState, string[]] {
  let state = from;
  const effects: string[] = [];
  for (let n = 1; n <= count; n++) {
    const [next, effect] = lookAtProgress(state, { ...quiet, ...seen, now: state.lookedAt + 1_000 }, times);
    state = next;
    effects.push(effect);
  }
  return [state, effects];
}

describe('a client', () => {
  it('that is owed nothing never fails', () => {
    const [state, effects] = looks(20, {});
    expect(new Set(effects)).toEqual(new Set(['none']));
    expect(isSettled(state)).toBe(true);
  });

  it('is overdue each time that nothing is acknowledged for ackMs', () => {
    const [state, effects] = looks(7, { owed: true });
    expect(effects).toEqual(['none', 'none', 'none', 'overdue', 'none', 'none', 'overdue']);
    expect(isSettled(state)).toBe(false);
  });

  it('that acknowledges something is not overdue, however much it is owed', () => {
    expect(looks(20, { owed: true, progressed: true })[1]).not.toContain('overdue');
  });

  it('that is not read from cannot be overdue, but can be stalled', () => {
    const effects = looks(6, { owed: true, full: true, paused: true })[1];
    expect(effects).toEqual(['none', 'none', 'none', 'none', 'none', 'stalled']);
  });

  it('whose socket takes something is not stalled', () => {
    expect(looks(20, { full: true, drained: true })[1]).not.toContain('stalled');
  });

  it('that has caught up starts from zero the next time', () => {
    const [behind] = looks(3, { owed: true, full: true });
    const [settled] = looks(1, {}, behind);
    expect(isSettled(settled)).toBe(true);
    expect(looks(3, { owed: true }, settled)[1]).not.toContain('overdue');
  });

  it('is not blamed for the time in which this process was blocked', () => {
    const [before] = looks(2, { owed: true });
    const [after, effect] = lookAtProgress(before, { ...quiet, owed: true, now: 10_000 }, times);
    expect(effect).toBe('none');
    expect(looks(2, { owed: true }, after)[1]).toEqual(['overdue', 'none']);
  });
});
