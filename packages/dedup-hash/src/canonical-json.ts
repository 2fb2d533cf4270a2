// One text for each JSON value: keys sorted, no space, nothing that JSON would drop or bend in silence. The rules are a table
// in the README; the form is that of RFC 8785 except for lone surrogates, which it refuses and this escapes.
import { StabilityError } from '@ws-stability/core';

/** Arrays and objects may be this deep inside each other, as in a message; a value that contains itself ends here as well. */
export const MAX_CANONICAL_DEPTH = 64;

/**
 * The canonical text of a JSON value: equal values give equal texts and different values different ones.
 *
 * @throws StabilityError `ERR_CANONICAL_JSON` for what has no JSON form of its own (NaN, a bigint, a Map, `undefined` in a
 * list, …) and for nesting deeper than {@link MAX_CANONICAL_DEPTH}; `details.path` says where.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, '', new Path());
}

/** Where the writer is, for errors only. */
class Path {
  readonly keys: string[] = [];

  refuse(what: string, remedy: string): StabilityError {
    const path = this.keys.length === 0 ? 'the value' : this.keys.join('.');
    const message = `There is no canonical JSON for ${what} (at ${path.slice(0, 200)}); ${remedy}.`;
    return new StabilityError('ERR_CANONICAL_JSON', message, { details: { path: this.keys.join('.') } });
  }
}

function textOf(value: unknown, key: string, path: Path): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw path.refuse(String(value), 'give a finite number, a text or null');
      // −0 is written 0, as JSON.stringify does.
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : textOfObject(value, key, path);
    case 'bigint':
      throw path.refuse('a bigint', 'write it as a text');
    default:
      throw path.refuse(`a value of type ${typeof value}`, 'leave it out or give null');
  }
}

function textOfObject(value: object, key: string, path: Path): string {
  if (path.keys.length >= MAX_CANONICAL_DEPTH)
    throw path.refuse(`what nests deeper than ${MAX_CANONICAL_DEPTH} levels`, 'flatten it, or break the cycle');
  if (hasToJson(value)) return textOfConverted(value, key, path);
  if (Array.isArray(value)) return textOfList(value, path);
  if (!isPlain(value)) throw path.refuse(`an object of class ${classOf(value)}`, 'give plain objects and arrays');
  return textOfRecord(value, path);
}

function textOfList(list: readonly unknown[], path: Path): string {
  let text = '[';
  for (let index = 0; index < list.length; index++) {
    const key = String(index);
    path.keys.push(key);
    text += (index === 0 ? '' : ',') + textOf(list[index], key, path);
    path.keys.pop();
  }
  return `${text}]`;
}

function textOfRecord(record: Readonly<Record<string, unknown>>, path: Path): string {
  let text = '{';
  // The default order compares UTF-16 code units, whatever the locale.
  for (const key of Object.keys(record).sort()) {
    const item = record[key];
    if (item === undefined) continue;
    path.keys.push(key);
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${textOf(item, key, path)}`;
    path.keys.pop();
  }
  return `${text}}`;
}

/** What says of itself how it is written, as `JSON.stringify` would ask it; once, and what it answers is not asked again. */
function textOfConverted(value: Convertible, key: string, path: Path): string {
  const converted = value.toJSON(key);
  // An invalid date answers null, which would make it equal to null. By its tag, because it may be of another realm.
  if (converted === null && Object.prototype.toString.call(value) === '[object Date]')
    throw path.refuse('an invalid date', 'give a valid one or null');
  if (typeof converted !== 'object' || converted === null) return textOf(converted, key, path);
  if (Array.isArray(converted)) return textOfList(converted, path);
  if (!isPlain(converted))
    throw path.refuse(`an object of class ${classOf(converted)}`, 'let toJSON give plain values');
  return textOfRecord(converted, path);
}

interface Convertible {
  toJSON(key: string): unknown;
}

function hasToJson(value: object): value is Convertible {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** Made by a literal, `JSON.parse` or `Object.create(null)`, in this realm or another. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'unknown';
}
