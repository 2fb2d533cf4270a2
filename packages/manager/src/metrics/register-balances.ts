// What must be equal at any time, as metrics: a difference is a mistake of ours.
import type { MetricsRegistry } from '@ws-stability/metrics';
import { type Balance, balancesOf, equations } from '../balances.ts';
import type { Reading } from './reading.ts';

export function registerBalances(registry: MetricsRegistry, reading: Reading): void {
  const side = (name: Balance['name'], which: 'left' | 'right'): number =>
    balancesOf(reading.snapshot()).find((balance) => balance.name === name)?.[which] ?? Number.NaN;
  for (const [name, equation] of equations) {
    registry.balance({ name, equation, left: () => side(name, 'left'), right: () => side(name, 'right') });
  }
}
