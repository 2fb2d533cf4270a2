// Small readers for parsed JSON: each takes a value of unknown shape and gives the typed one, or `undefined` to refuse it.
// They only ever read own shapes into new objects and maps, so a key such as `__proto__` is a key like any other.

/** Where reading failed: the name of a field that the reader knows, never one that was sent. */
export interface Fault {
  at?: string;
}

export type Reader<Value> = (raw: unknown, fault: Fault) => Value | undefined;

type Readers = Readonly<Record<string, Reader<unknown>>>;
type Read<R> = R extends Reader<infer Value> ? Value : never;

/** What {@link object} reads: a field whose name ends in `?` may be missing. */
export type ReadObject<Fields extends Readers> = {
  readonly [Name in keyof Fields as Name extends `${string}?` ? never : Name]: Read<Fields[Name]>;
} & {
  readonly [Name in keyof Fields as Name extends `${infer Optional}?` ? Optional : never]?: Read<Fields[Name]>;
};

export const anything: Reader<unknown> = (raw) => raw;

export const flag: Reader<boolean> = (raw) => (typeof raw === 'boolean' ? raw : undefined);

/** A whole number. */
export function whole(least: number, most: number): Reader<number> {
  return (raw) => (Number.isSafeInteger(raw) ? within(raw, least, most) : undefined);
}

/** A number that may have a fraction, e.g. milliseconds of a monotonic clock. */
export function number(least: number, most: number): Reader<number> {
  return (raw) => within(raw, least, most);
}

/** A string of at most so many UTF-16 code units. */
export function text(most: number, least = 0): Reader<string> {
  return (raw) => (typeof raw === 'string' && raw.length >= least && raw.length <= most ? raw : undefined);
}

/** A string that passes a test. */
export function textWhere(passes: (value: string) => boolean): Reader<string> {
  return (raw) => (typeof raw === 'string' && passes(raw) ? raw : undefined);
}

export function literal<const Values extends readonly (string | boolean)[]>(...values: Values): Reader<Values[number]> {
  return (raw) => values.find((value) => value === raw);
}

export function list<Item>(item: Reader<Item>, most: number): Reader<readonly Item[]> {
  return (raw, fault) => (Array.isArray(raw) && raw.length <= most ? every(raw, item, fault) : undefined);
}

/** A pair of numbers read alike. */
export function pair<Item>(first: Reader<Item>, second: Reader<Item>): Reader<readonly [Item, Item]> {
  return (raw, fault) => {
    if (!Array.isArray(raw) || raw.length !== 2) return undefined;
    const left = first(raw[0], fault);
    const right = second(raw[1], fault);
    return left === undefined || right === undefined ? undefined : [left, right];
  };
}

/** An object used as a map. */
export function mapOf<Value>(
  key: (name: string) => boolean,
  value: Reader<Value>,
  most: number,
): Reader<ReadonlyMap<string, Value>> {
  return (raw, fault) => {
    if (!isObject(raw)) return undefined;
    const names = Object.keys(raw);
    if (names.length > most || !names.every(key)) return undefined;
    const values = every(Object.values(raw), value, fault);
    return values && new Map(values.map((read, index) => [names[index] ?? '', read]));
  };
}

/** An object with known fields; others are ignored. */
export function object<const Fields extends Readers>(fields: Fields): Reader<ReadObject<Fields>> {
  const known = Object.entries(fields).map(
    ([name, read]) => [name.replace('?', ''), name.endsWith('?'), read] as const,
  );
  return (raw, fault) => {
    if (!isObject(raw)) return undefined;
    const result: Record<string, unknown> = {};
    for (const [name, optional, read] of known) {
      const given = raw[name];
      if (given === undefined && optional) continue;
      const value = given === undefined ? undefined : read(given, fault);
      if (value === undefined) {
        fault.at ??= name;
        return undefined;
      }
      result[name] = value;
    }
    return result as ReadObject<Fields>;
  };
}

/** The first of several readers that accepts. */
export function oneOf<const Options extends readonly Reader<unknown>[]>(
  ...options: Options
): Reader<Read<Options[number]>> {
  return (raw, fault) => {
    for (const read of options) {
      const value = read(raw, fault);
      if (value !== undefined) return value as Read<Options[number]>;
    }
    return undefined;
  };
}

function isObject(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

function within(raw: unknown, least: number, most: number): number | undefined {
  return typeof raw === 'number' && raw >= least && raw <= most ? raw : undefined;
}

function every<Item>(raw: readonly unknown[], read: Reader<Item>, fault: Fault): readonly Item[] | undefined {
  const items: Item[] = [];
  for (const one of raw) {
    const item = read(one, fault);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}
