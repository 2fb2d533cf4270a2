// The breakers that a manager is given, as the settings say.
import { type BreakerDependencies, BreakerGroup, CircuitBreaker } from '@ws-stability/circuit-breaker';
import type { ManagerBreakers } from '@ws-stability/manager';
import type { PackageGroups } from './groups.ts';
import type { ConfigValues } from './option-group.ts';

/**
 * Makes the breakers of one manager, for its dependency `breakers`: one with the settings of `breaker` for each thing that it depends
 * on, a group with those of `sessionBreaker` for its sessions; `false`, for none, where `enabled` is false.
 *
 * @param values of {@link loadConfig}; two of the groups are read.
 * @throws StabilityError `ERR_OPTION` for settings that `loadConfig` would have refused.
 */
export function managerBreakers(
  values: Pick<ConfigValues<PackageGroups>, 'breaker' | 'sessionBreaker'>,
  dependencies: BreakerDependencies = {},
): Required<ManagerBreakers> {
  const { enabled, ...settings } = values.breaker;
  const { enabled: sessionsEnabled, ...sessionSettings } = values.sessionBreaker;
  const make = (name: string): CircuitBreaker | false =>
    enabled && new CircuitBreaker({ name, ...settings }, dependencies);
  return {
    log: make('log'),
    sessionStore: make('sessionStore'),
    onUpgrade: make('onUpgrade'),
    onHello: make('onHello'),
    authorize: make('authorize'),
    sessions: sessionsEnabled && new BreakerGroup(sessionSettings, dependencies),
  };
}
