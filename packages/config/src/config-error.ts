// One error that lists everything wrong with the settings at once.
import { type OptionProblem, StabilityError } from '@ws-stability/core';

export interface ConfigProblem extends OptionProblem {
  /** Where the value came from, e.g. `environment WS_STABILITY_MANAGER_PING_MS`. */
  readonly origin: string;
}

const LONGEST_VALUE = 100;

/** `details.problems` has what the message says, as data; values of secrets are left out of both. */
export function configError(problems: readonly ConfigProblem[]): StabilityError {
  const lines = problems.map(
    ({ path, value, allowed, origin }) =>
      `\n- ${path} is ${show(value)}; allowed is ${allowed}. It comes from ${origin}.`,
  );
  const count = problems.length === 1 ? 'this setting' : `these ${problems.length} settings`;
  return new StabilityError('ERR_CONFIG', `Correct ${count}:${lines.join('')}`, { details: { problems } });
}

function show(value: unknown): string {
  const json = typeof value === 'string' || typeof value === 'object' ? asJson(value) : String(value);
  return json.length > LONGEST_VALUE ? `${json.slice(0, LONGEST_VALUE)}…` : json;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}
