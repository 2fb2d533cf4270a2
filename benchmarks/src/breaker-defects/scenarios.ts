// The eleven defects that were found in opossum 10.0.0 and cockatiel 4.0.0 in November 2026, as scenarios for any library.
import { failOnce, isMade, openEnded, pause, type Sighting, type Subject, start } from './subject.ts';

export interface Scenario {
  readonly defect: string;
  /** Nothing when the library has not what the defect is about. */
  run(subject: Subject): Promise<Sighting | undefined>;
}

const OPEN_MS = 100;
const HOUR_MS = 3_600_000;

/** Half-open with a trial under way, and a call of the closed era still on its way. */
async function lateResult(subject: Subject, end: 'succeed' | 'fail'): Promise<string> {
  const guard = subject.make({ openMs: OPEN_MS });
  const late = openEnded();
  start(guard, late.action);
  await failOnce(guard);
  await pause(OPEN_MS * 1.5);
  const trial = openEnded();
  start(guard, trial.action);
  await pause(5);
  const before = guard.state();
  await late[end]();
  const after = guard.state();
  await trial.succeed();
  guard.close();
  return `${before} → ${after}`;
}

export const scenarios: readonly Scenario[] = [
  {
    defect: '1. A late success of the closed era closes a half-open circuit',
    run: async (subject) => {
      const seen = await lateResult(subject, 'succeed');
      return { shows: seen.endsWith('closed'), seen };
    },
  },
  {
    defect: '2. The saved age is counted from the construction',
    run: async (subject) => {
      const first = subject.make({ openMs: 600 });
      await pause(700);
      await failOnce(first);
      const saved: unknown = JSON.parse(JSON.stringify(first.save()));
      first.close();
      const restored = subject.make({ openMs: 600, restore: saved });
      const made = await isMade(restored);
      restored.close();
      return { shows: made, seen: `restored at once, a call is ${made ? 'made' : 'refused'} after 20 of 600 ms` };
    },
  },
  {
    defect: '3. A hung trial keeps the circuit half-open for ever',
    run: async (subject) => {
      const guard = subject.make({ openMs: OPEN_MS });
      await failOnce(guard);
      await pause(OPEN_MS * 1.5);
      start(guard, openEnded().action);
      await pause(OPEN_MS * 15);
      // A trial that is over may open the circuit first.
      let made = await isMade(guard);
      await pause(OPEN_MS * 1.5);
      made ||= await isMade(guard);
      const seen = `${OPEN_MS * 15} ms later calls are ${made ? 'made' : 'not made'}`;
      guard.close();
      return { shows: !made, seen };
    },
  },
  {
    defect: '4. Calls that its own capacity refuses count as failures',
    run: async (subject) => {
      const guard = await subject.refusedByCapacity?.();
      if (guard === undefined) return undefined;
      const seen = guard.state();
      guard.close();
      return { shows: seen !== 'closed', seen };
    },
  },
  {
    defect: '5. Its background check survives the shutdown',
    run: async (subject) => {
      const runs = await subject.runsAfterShutdown?.();
      return runs === undefined ? undefined : { shows: runs > 0, seen: `${runs} runs in 200 ms` };
    },
  },
  {
    defect: '6. A plain call that gives undefined is a failure',
    run: async (subject) => {
      const guard = subject.make({ openMs: OPEN_MS });
      const told = await guard
        .call(() => undefined)
        .then(
          () => 'resolves',
          (error: unknown) => (error instanceof Error ? error.name : 'rejects'),
        );
      const seen = `${told}, ${guard.state()}`;
      guard.close();
      return { shows: told !== 'resolves' || guard.state() !== 'closed', seen };
    },
  },
  {
    defect: '7. What says nothing about the other side dilutes the failure rate',
    run: async (subject) => {
      const diluted = await subject.diluted?.();
      if (diluted === undefined) return undefined;
      const seen = `60 of 61 failed, 90 ${diluted.by}: ${diluted.guard.state()}`;
      const shows = diluted.guard.state() === 'closed';
      diluted.guard.close();
      return { shows, seen };
    },
  },
  {
    defect: '8. Old failures stay in a window of time over an idle period',
    run: async (subject) => {
      const guard = subject.make({ openMs: OPEN_MS, windowMs: 250 });
      for (let call = 0; call < 4; call++) await failOnce(guard);
      await pause(1_500);
      await failOnce(guard);
      const seen = `4 failures, 1.5 s, 1 failure; window 0.25 s, at least 5 calls: ${guard.state()}`;
      const shows = guard.state() !== 'closed';
      guard.close();
      return { shows, seen };
    },
  },
  {
    defect: '9. A late failure of the closed era opens a half-open circuit',
    run: async (subject) => {
      const seen = await lateResult(subject, 'fail');
      return { shows: seen.endsWith('open'), seen };
    },
  },
  {
    defect: '10. Callers queue without bound behind a hung trial',
    run: async (subject) => {
      const guard = subject.make({ openMs: OPEN_MS });
      await failOnce(guard);
      await pause(OPEN_MS * 1.5);
      start(guard, openEnded().action);
      await pause(5);
      let waiting = 1_000;
      const end = (): void => void waiting--;
      for (let caller = 0; caller < 1_000; caller++) guard.call(() => 'made').then(end, end);
      await pause(300);
      guard.close();
      return { shows: waiting > 0, seen: `${waiting} of 1,000 callers still wait` };
    },
  },
  {
    defect: '11. A wall clock set back an hour keeps the circuit open',
    run: async (subject) => {
      const realNow = Date.now;
      const guard = subject.make({ openMs: OPEN_MS });
      await failOnce(guard);
      try {
        Date.now = () => realNow() - HOUR_MS;
        await pause(OPEN_MS * 1.5);
        const made = await isMade(guard);
        return { shows: !made, seen: `after openMs a call is ${made ? 'made' : 'refused'}` };
      } finally {
        Date.now = realNow;
        guard.close();
      }
    },
  },
];
