// The numbers with their words, for schemas, environment names and configuration guides.
import type { NumberOption } from '@ws-stability/core';
import { breakerLimits, filled, groupLimits, type Limits } from './breaker-limits.ts';

function describe<Name extends string>(limits: Limits, words: Readonly<Record<Name, string>>) {
  const options = Object.entries<string>(words).map(([name, description]): [string, NumberOption] => {
    const [preset, min, max] = filled(limits[name] ?? [0]);
    const unit = max === 1 ? 'ratio' : name.endsWith('Ms') ? 'ms' : 'count';
    return [name, { kind: 'number', default: preset, min, max, integer: unit !== 'ratio', unit, description }];
  });
  return Object.fromEntries(options) as Readonly<Record<Name, NumberOption>>;
}

/** The descriptors of a breaker's settings. */
export const breakerOptions = describe<keyof typeof breakerLimits>(breakerLimits, {
  consecutiveFailures: 'Failures in a row that open the circuit; 0 switches the rule off.',
  failureRate: 'The part of the calls of the window whose failure opens the circuit; 0 switches the rule off.',
  slowCallRate: 'The part of the calls of the window whose slowness opens the circuit; 0 switches the rule off.',
  slowCallMs: 'A call that takes this long is slow.',
  minimumCalls: 'Calls in the window before a rate says anything; over calls, never more than `windowCalls`.',
  windowCalls: 'How many of the last calls the rates look at, unless `windowMs` is set.',
  windowMs: 'How far back the rates look, in ten slices; 0: over the last `windowCalls` instead.',
  openMs: 'How long an open circuit refuses calls before it lets trials through.',
  maxOpenMs:
    'Above `openMs`: the open time doubles each time it opens again, with full jitter, up to this; 0: it is always `openMs`.',
  healthyMs: 'How long a circuit must have been closed for the growth of its open time to be forgotten.',
  trials: 'Calls that a half-open circuit lets through before it decides.',
  concurrentTrials: 'Trials that may be under way at once.',
  trialSuccesses: 'Successful trials that close the circuit; at most `trials`.',
  trialFailures: 'Failed trials that open the circuit again; it also opens when too few are left to succeed.',
  trialLeaseMs: 'A trial that takes longer counts as failed.',
});

/** The descriptors of what a group has beside the settings of its members. */
export const breakerGroupOptions = describe<Exclude<keyof typeof groupLimits, keyof typeof breakerLimits>>(
  groupLimits,
  {
    maxMembers: 'Breakers in the group; the one that was not used for longest leaves for one more.',
    maxOpenShare: 'The part of the members that may be open at once; one always may.',
    idleMs: 'A closed breaker that nobody used for this long may leave.',
  },
);
