// Option descriptors, the one truth of settings: defaults, ranges, units and words for each option of a package.
// The constructor's checks, the schema, the environment names and the configuration guide are derived from them.
import { StabilityError } from './stability-error.ts';

interface Described {
  /** What it does, one sentence for the configuration guide. */
  readonly description: string;
}

export interface NumberOption extends Described {
  readonly kind: 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. @default true */
  readonly integer?: boolean;
  readonly unit: 'ms' | 'bytes' | 'count' | 'perSecond' | 'ratio';
}

export interface BooleanOption extends Described {
  readonly kind: 'boolean';
  readonly default: boolean;
}

export interface TextOption extends Described {
  readonly kind: 'text';
  readonly default: string;
  /** A whole-string pattern, with `allowed` saying it in words. */
  readonly pattern?: RegExp;
  readonly allowed?: string;
  /** A password, a token: its value is left out of problems and messages. @default false */
  readonly secret?: boolean;
}

export interface ChoiceOption<Choice extends string = string> extends Described {
  readonly kind: 'choice';
  readonly default: Choice;
  readonly choices: readonly Choice[];
}

export interface ListOption extends Described {
  readonly kind: 'list';
  readonly default: readonly string[];
  /** What one item must look like, with `allowed` saying it in words. */
  readonly pattern?: RegExp;
  readonly allowed?: string;
  readonly maxItems: number;
}

export type OptionDescriptor = NumberOption | BooleanOption | TextOption | ChoiceOption | ListOption;

/** The options of a package or of one group of them, by name; units end the name (`Ms`, `Bytes`, `PerSecond`). */
export type OptionDescriptors = { readonly [name: string]: OptionDescriptor };

type ValueOf<Descriptor extends OptionDescriptor> = Descriptor extends NumberOption
  ? number
  : Descriptor extends BooleanOption
    ? boolean
    : Descriptor extends ListOption
      ? readonly string[]
      : Descriptor extends ChoiceOption<infer Choice>
        ? Choice
        : string;

/** All options of a group, each with a value. */
export type ResolvedOptions<Descriptors extends OptionDescriptors> = {
  readonly [Name in keyof Descriptors]: ValueOf<Descriptors[Name]>;
};

/** What a caller may give: any subset. */
export type PartialOptions<Descriptors extends OptionDescriptors> = {
  readonly [Name in keyof Descriptors]?: ValueOf<Descriptors[Name]> | undefined;
};

/** One thing wrong with one setting. */
export interface OptionProblem {
  /** Dotted, e.g. `manager.pingMs`. */
  readonly path: string;
  readonly value: unknown;
  /** What would be right, in words. */
  readonly allowed: string;
}

/** Says what a descriptor accepts, in words: `a whole number from 1 to 64 (count)`. */
export function describeAllowed(descriptor: OptionDescriptor): string {
  switch (descriptor.kind) {
    case 'number':
      return `a ${descriptor.integer === false ? '' : 'whole '}number from ${descriptor.min} to ${descriptor.max} (${descriptor.unit})`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${descriptor.choices.join(', ')}`;
    case 'text':
      return descriptor.allowed ?? 'text';
    case 'list':
      return `a list of at most ${descriptor.maxItems} items, each ${descriptor.allowed ?? 'text'}`;
  }
}

/** Whether a value is one that a descriptor accepts. */
export function isAllowed(descriptor: OptionDescriptor, value: unknown): boolean {
  switch (descriptor.kind) {
    case 'number':
      return (
        typeof value === 'number' &&
        value >= descriptor.min &&
        value <= descriptor.max &&
        (descriptor.integer === false || Number.isInteger(value))
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && descriptor.choices.includes(value);
    case 'text':
      return typeof value === 'string' && matches(descriptor.pattern, value);
    case 'list':
      return (
        Array.isArray(value) &&
        value.length <= descriptor.maxItems &&
        value.every((item) => typeof item === 'string' && matches(descriptor.pattern, item))
      );
  }
}

/** Fills in defaults and collects every problem; never throws. `undefined` counts as not given. */
export function checkOptions<Descriptors extends OptionDescriptors>(
  descriptors: Descriptors,
  input: object,
  path: string,
): { readonly options: ResolvedOptions<Descriptors>; readonly problems: readonly OptionProblem[] } {
  const given = new Map<string, unknown>(Object.entries(input));
  const options: Record<string, unknown> = {};
  const problems: OptionProblem[] = [];
  for (const [name, descriptor] of Object.entries(descriptors)) {
    const value = given.get(name);
    given.delete(name);
    options[name] = value === undefined ? descriptor.default : value;
    if (value !== undefined && !isAllowed(descriptor, value)) {
      const secret = descriptor.kind === 'text' && descriptor.secret === true;
      problems.push({
        path: `${path}.${name}`,
        value: secret ? '(hidden)' : value,
        allowed: describeAllowed(descriptor),
      });
    }
  }
  for (const [name, value] of given) {
    if (value === undefined) continue;
    const allowed = `only ${Object.keys(descriptors).join(', ')} (there is no option of this name)`;
    problems.push({ path: `${path}.${name}`, value, allowed });
  }
  return { options: options as ResolvedOptions<Descriptors>, problems };
}

/**
 * Fills in defaults, or throws with every problem at once.
 *
 * @throws StabilityError `ERR_OPTION` with `details.problems`.
 */
export function resolveOptions<Descriptors extends OptionDescriptors>(
  descriptors: Descriptors,
  input: object,
  path: string,
): ResolvedOptions<Descriptors> {
  const { options, problems } = checkOptions(descriptors, input, path);
  if (problems.length > 0) throw optionError(problems);
  return options;
}

/** The error that names every problem: path, value, what is allowed. */
export function optionError(problems: readonly OptionProblem[]): StabilityError {
  const lines = problems.map(({ path, value, allowed }) => `${path} is ${show(value)}, allowed: ${allowed}`);
  return new StabilityError('ERR_OPTION', `Correct these settings: ${lines.join('. ')}.`, { details: { problems } });
}

// `search` and not `test`: the latter remembers where it was when a pattern has the flag `g` or `y`.
function matches(pattern: RegExp | undefined, text: string): boolean {
  return pattern === undefined || text.search(pattern) >= 0;
}

function show(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'object' ? asJson(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // A cycle, a bigint inside: the path says enough.
    return typeof value;
  }
}
