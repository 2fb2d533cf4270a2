// Settings while they are put together: each source is laid over the one before, every problem is remembered.
import { describeAllowed, type OptionDescriptor } from '@ws-stability/core';
import type { ConfigProblem } from './config-error.ts';
import type { OptionGroups, PresetName } from './option-group.ts';
import { describeOrigin, type Origin } from './origin.ts';
import { readText } from './read-text.ts';
import { optionSchema } from './schema.ts';
import { nearestName, PRESET_VARIABLE, VARIABLE_PREFIX, variablesOf } from './variable-name.ts';

interface Setting {
  readonly group: string;
  readonly option: string;
  readonly descriptor: OptionDescriptor;
  value: unknown;
  origin: Origin;
}

// Maps by path, so that no name from outside can reach a prototype.
export class Draft {
  readonly #problems: ConfigProblem[] = [];
  readonly #wrong = new Set<string>();
  readonly #groups: OptionGroups;
  readonly #settings = new Map<string, Setting>();

  constructor(groups: OptionGroups) {
    this.#groups = groups;
    for (const [group, { options }] of Object.entries(groups)) {
      for (const [option, descriptor] of Object.entries(options)) {
        const origin = { from: 'default' } as const;
        this.#settings.set(`${group}.${option}`, { group, option, descriptor, value: descriptor.default, origin });
      }
    }
  }

  readPreset(preset: PresetName): void {
    for (const [group, { presets }] of Object.entries(this.#groups)) {
      for (const [option, value] of Object.entries(presets?.[preset] ?? {})) {
        this.#set(`${group}.${option}`, value, { from: 'preset', preset });
      }
    }
  }

  readEnvironment(env: Readonly<Record<string, string | undefined>>): void {
    const variables = variablesOf(this.#groups);
    for (const { name, group, option } of variables) {
      // An empty variable is how compose files and shells write one that is not set.
      const text = env[name];
      if (text !== undefined && text !== '') {
        this.#read(`${group}.${option}`, text, { from: 'environment', variable: name });
      }
    }
    const known = new Set([PRESET_VARIABLE, ...variables.map(({ name }) => name)]);
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined || !name.startsWith(VARIABLE_PREFIX) || known.has(name)) continue;
      const nearest = nearestName(name, known);
      const meant = nearest === undefined ? 'see docs/configuration.md for those there are' : `did you mean ${nearest}`;
      // Its value is not shown: a mistyped name may hold a secret.
      this.#problems.push({
        path: name.slice(0, 100),
        value: '(hidden)',
        allowed: `no variable of this name: ${meant}`,
        origin: 'environment',
      });
    }
  }

  readFlag(path: string, text: string, name: string): void {
    this.#read(path, text, { from: 'argument', name });
  }

  readOverrides(overrides: object): void {
    for (const [group, given] of Object.entries(overrides)) {
      if (given === undefined) continue;
      if (typeof given !== 'object' || given === null || Array.isArray(given)) {
        this.addProblem({
          path: group.slice(0, 100),
          value: given,
          allowed: 'an object of options',
          origin: 'argument',
        });
        continue;
      }
      for (const [option, value] of Object.entries(given)) {
        if (value !== undefined) this.#set(`${group}.${option}`, value, { from: 'argument' });
      }
    }
  }

  /** Tests every value by itself. A wrong one is reported and replaced by its default, so that the rest can be tested too. */
  check(): void {
    for (const [path, setting] of this.#settings) {
      if (optionSchema(setting.descriptor).safeParse(setting.value).success) continue;
      this.addMismatch(path, describeAllowed(setting.descriptor));
      this.#wrong.add(path);
      setting.value = setting.descriptor.default;
    }
  }

  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  /** Whether a value was refused by itself. */
  isWrong(path: string): boolean {
    return this.#wrong.has(path);
  }

  addProblem(problem: ConfigProblem): void {
    this.#problems.push(problem);
  }

  /** Reports the value of a setting. */
  addMismatch(path: string, allowed: string): void {
    const setting = this.#settings.get(path);
    if (setting === undefined) return;
    const { descriptor, value, origin } = setting;
    const secret = descriptor.kind === 'text' && descriptor.secret === true;
    this.#problems.push({ path, value: secret ? '(hidden)' : value, allowed, origin: describeOrigin(origin) });
  }

  values(): object {
    const groups = new Map<string, [string, unknown][]>(Object.keys(this.#groups).map((group) => [group, []]));
    for (const { group, option, value } of this.#settings.values()) groups.get(group)?.push([option, value]);
    return Object.fromEntries([...groups].map(([group, options]) => [group, Object.fromEntries(options)]));
  }

  origins(): ReadonlyMap<string, Origin> {
    return new Map([...this.#settings].map(([path, { origin }]) => [path, origin]));
  }

  #read(path: string, text: string, origin: Origin): void {
    const setting = this.#settings.get(path);
    this.#set(path, setting === undefined ? text : readText(setting.descriptor, text), origin);
  }

  #set(path: string, value: unknown, origin: Origin): void {
    const setting = this.#settings.get(path);
    if (setting === undefined) {
      this.#unknown(path, value, describeOrigin(origin));
      return;
    }
    setting.value = value;
    setting.origin = origin;
  }

  #unknown(path: string, value: unknown, origin: string): void {
    const nearest = nearestName(path, this.#settings.keys());
    const meant = nearest === undefined ? '' : `, did you mean ${nearest}`;
    this.#problems.push({ path: path.slice(0, 100), value, allowed: `no option of this name${meant}`, origin });
  }
}
