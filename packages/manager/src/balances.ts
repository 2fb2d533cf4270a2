// What must be equal in a snapshot, at any time and under any load: each side is counted in another place.
import { StabilityError } from '@ws-stability/core';
import type { ManagerSnapshot } from './snapshot.ts';

export interface Balance {
  readonly name: 'connections' | 'messages' | 'offsets';
  readonly left: number;
  readonly right: number;
}

/** What each balance says, for people. */
export const equations: ReadonlyMap<Balance['name'], string> = new Map([
  ['connections', 'opened = closed + open'],
  ['messages', 'received = handled + resent + rejected + failed + running'],
  ['offsets', 'owed = acknowledged + in flight + lagging + skipped + lost'],
]);

/** @returns every balance; a difference is a mistake of ours: something was counted twice, or was lost in silence. */
export function balancesOf({ connections, messages, delivery }: ManagerSnapshot): readonly Balance[] {
  const { passed, delivered, claimed, rewound, inFlight, lagging } = delivery;
  const acknowledged = delivered + claimed - rewound - inFlight;
  return [
    { name: 'connections', left: connections.total, right: connections.closed + connections.active },
    {
      name: 'messages',
      left: messages.received,
      right: messages.handled + messages.resent + messages.rejected + messages.failed + messages.running,
    },
    {
      name: 'offsets',
      left: passed + lagging,
      right: acknowledged + inFlight + lagging + sum(delivery.skipped) + sum(delivery.lost),
    },
  ];
}

/** @throws StabilityError `ERR_BALANCE` that names every balance that does not hold. */
export function assertBalanced(snapshot: ManagerSnapshot): void {
  const wrong = balancesOf(snapshot).filter(({ left, right }) => left !== right);
  if (wrong.length === 0) return;
  const lines = wrong.map(({ name, left, right }) => `${equations.get(name)}, but ${left} is not ${right}`);
  throw new StabilityError('ERR_BALANCE', `The manager counted something twice or not at all: ${lines.join('; ')}.`);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
