// What must be equal in a snapshot, at any time and under any load: each side is counted in another place.
import { StabilityError } from '@ws-stability/core';
import type { ManagerSnapshot } from './snapshot.ts';

export interface Balance {
  readonly name: string;
  readonly left: number;
  readonly right: number;
}

/** @returns every balance; a difference is a mistake of ours: something was counted twice, or was lost in silence. */
export function balancesOf({ connections, messages, delivery }: ManagerSnapshot): readonly Balance[] {
  const { passed, delivered, claimed, rewound, inFlight, lagging } = delivery;
  const skipped = sum(delivery.skipped);
  const lost = sum(delivery.lost);
  const acknowledged = delivered + claimed - rewound - inFlight;
  return [
    {
      name: 'accepted connections = closed + active',
      left: connections.total,
      right: connections.closed + connections.active,
    },
    {
      name: 'received messages = handled + resent + rejected + failed + running',
      left: messages.received,
      right: messages.handled + messages.resent + messages.rejected + messages.failed + messages.running,
    },
    {
      name: 'offsets owed = acknowledged + in flight + lagging + skipped + lost in gaps',
      left: passed + lagging,
      right: acknowledged + inFlight + lagging + skipped + lost,
    },
  ];
}

/** @throws an error that names every balance that does not hold. */
export function assertBalanced(snapshot: ManagerSnapshot): void {
  const wrong = balancesOf(snapshot).filter(({ left, right }) => left !== right);
  if (wrong.length === 0) return;
  const lines = wrong.map(({ name, left, right }) => `${name}: ${left} against ${right}`);
  throw new StabilityError('ERR_BALANCE', `The manager counted something twice or not at all: ${lines.join('; ')}.`);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
