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

/** A value that passes a test, as it is. */
export function where<Value>(passes: (raw: unknown) => raw is Value): Reader<Value> {
  return (raw) => (passes(raw) ? raw : undefined);
}

export const flag = /* @__PURE__ */ where((raw) => typeof raw === 'boolean');

/** A string that passes a test. */
export function text(passes: (value: string) => boolean = () => true): Reader<string> {
  return where((raw): raw is string => typeof raw === 'string' && passes(raw));
}

export function literal<const Values extends readonly (string | boolean)[]>(...values: Values): Reader<Values[number]> {
  return (raw) => values.find((value) => value === raw);
}

/** A list whose items are taken as they are. */
export function list<Item>(item: Reader<Item>, most: number): Reader<readonly Item[]> {
  return (raw, fault) =>
    Array.isArray(raw) && raw.length <= most && raw.every((one) => item(one, fault) !== undefined) ? raw : undefined;
}

/** An object used as a map. */
export function mapOf<Value>(
  key: (name: string) => boolean,
  value: Reader<Value>,
  most: number,
): Reader<ReadonlyMap<string, Value>> {
  return (raw, fault) => {
    if (!isObject(raw)) return undefined;
    const entries = Object.entries(raw);
    if (entries.length > most) return undefined;
    const map = new Map<string, Value>();
    for (const [name, given] of entries) {
      const one = key(name) ? value(given, fault) : undefined;
      if (one === undefined) return undefined;
      map.set(name, one);
    }
    return map;
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
