import { describe, expect, it } from 'vitest';
import { packageGroups } from './groups.ts';
import { nearestName, variableName, variablesOf } from './variable-name.ts';

describe('the names of variables', () => {
  it('are the group and the option in upper snake case', () => {
    expect(variableName('manager', 'pingMs')).toBe('WS_STABILITY_MANAGER_PING_MS');
    expect(variableName('log', 'idTtlMs')).toBe('WS_STABILITY_LOG_ID_TTL_MS');
  });

  it('are all different', () => {
    const names = variablesOf(packageGroups).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are suggested for a mistyped one, but not for anything', () => {
    const known = ['WS_STABILITY_MANAGER_PING_MS', 'WS_STABILITY_MANAGER_PONG_MS', 'WS_STABILITY_LOG_RETENTION_MS'];
    expect(nearestName('WS_STABILITY_MANAGER_PNIG_MS', known)).toBe('WS_STABILITY_MANAGER_PING_MS');
    expect(nearestName('WS_STABILITY_PONG_MS', known)).toBe('WS_STABILITY_MANAGER_PONG_MS');
    expect(nearestName('nothing of the kind', known)).toBeUndefined();
    expect(nearestName(`WS_STABILITY_${'X'.repeat(100_000)}`, known)).toBeUndefined();
  });
});
