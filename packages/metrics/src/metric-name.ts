// What a metric may be called: the naming rules of Prometheus, checked at construction instead of by a linter later.
// Rules: https://prometheus.io/docs/practices/naming/ and those of `promtool check metrics`.
import { StabilityError } from '@ws-stability/core';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Base units only; a metric without one counts things. */
export type MetricUnit = 'seconds' | 'bytes' | 'ratio';

export interface MetricIdentity {
  /** Without the registry's prefix. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit?: MetricUnit | undefined;
}

const WORDS = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const LONGEST_NAME = 128;
const UNITS: ReadonlySet<string> = new Set<MetricUnit>(['seconds', 'bytes', 'ratio']);
const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary']);
// Endings that Prometheus gives to parts of a metric.
const PARTS: ReadonlySet<string> = new Set(['bucket', 'count', 'sum', 'created', 'info']);
const SCALED: ReadonlyMap<string, MetricUnit> = new Map([
  ...['s', 'sec', 'secs', 'second', 'ms', 'us', 'ns', 'millis', 'micros', 'nanos'].map(toUnit('seconds')),
  ...['milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'weeks'].map(toUnit('seconds')),
  ...['b', 'kb', 'mb', 'gb', 'tb', 'kib', 'mib', 'gib', 'byte', 'bits'].map(toUnit('bytes')),
  ...['kilobytes', 'megabytes', 'gigabytes', 'terabytes'].map(toUnit('bytes')),
  ...['percent', 'percents', 'permille'].map(toUnit('ratio')),
]);

/**
 * Refuses what Prometheus would not read, or a linter of its would complain of.
 *
 * @throws StabilityError `ERR_METRIC_NAME`, `ERR_METRIC_UNIT`.
 */
export function checkIdentity({ name, type, help, unit }: MetricIdentity): void {
  checkWords(name, 'The name of a metric');
  const words = name.split('_');
  const last = words.at(-1) ?? '';
  if (type === 'counter' && last !== 'total') refuse(`The counter ${name} must end with _total.`);
  if (type !== 'counter' && last === 'total') refuse(`Only counters end with _total; rename the ${type} ${name}.`);
  if (PARTS.has(last)) refuse(`The ending _${last} belongs to parts of a metric; rename ${name}.`);
  const typeWord = words.find((word) => TYPES.has(word));
  if (typeWord !== undefined) refuse(`A name does not say the type; leave ${typeWord} out of ${name}.`);
  if (help.trim() === '') refuse(`Say in the help of ${name} what it counts.`);
  checkUnit(name, words, type, unit);
}

/** @throws StabilityError `ERR_METRIC_NAME`. */
export function checkWords(name: string, what: string): void {
  if (name.length > LONGEST_NAME || !WORDS.test(name)) {
    refuse(
      `${what} is lower-case words joined by single underscores, at most ${LONGEST_NAME} characters, not ${JSON.stringify(name)}.`,
    );
  }
}

/** What two metrics may not share: OpenMetrics names a counter without its `_total`. */
export function baseName(name: string): string {
  return name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
}

function checkUnit(name: string, words: readonly string[], type: MetricType, unit: MetricUnit | undefined): void {
  const scaled = words.find((word) => SCALED.has(word));
  if (scaled !== undefined) {
    refuseUnit(`Use the base unit ${SCALED.get(scaled)} instead of ${scaled} in ${name}.`, name);
  }
  const ending = words.at(type === 'counter' ? -2 : -1) ?? '';
  if (unit !== undefined && ending !== unit) {
    refuseUnit(
      `The unit of ${name} is ${unit}, so its name must end with _${unit}${type === 'counter' ? '_total' : ''}.`,
      name,
    );
  }
  if (unit === undefined && UNITS.has(ending))
    refuseUnit(`${name} is named after a unit; give it as unit: '${ending}'.`, name);
}

function refuse(message: string): never {
  throw new StabilityError('ERR_METRIC_NAME', message);
}

function refuseUnit(message: string, name: string): never {
  throw new StabilityError('ERR_METRIC_UNIT', message, { details: { name } });
}

function toUnit(unit: MetricUnit): (word: string) => readonly [string, MetricUnit] {
  return (word) => [word, unit];
}
