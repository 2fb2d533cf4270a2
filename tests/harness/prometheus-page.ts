// A page of Prometheus text as data, read line by line and strictly; and what Prometheus itself says of it, where it is installed.
import { spawnSync } from 'node:child_process';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) {
  const remedy = 'promtool is missing, /metrics is NOT read by Prometheus: apt-get install prometheus';
  if (process.env.CI === 'true') throw new Error(remedy);
  process.stderr.write(`\n!!! ${remedy}\n\n`);
}

/** What promtool has to complain of; nothing where it is not installed. */
export function promtoolComplaints(text: string): string {
  if (!hasPromtool) return '';
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return status === 0 ? stdout + stderr : `ended with ${status}: ${stdout}${stderr}`;
}

const COMMENT = /^# (?:HELP ([a-z_]+) (\S.*)|TYPE ([a-z_]+) (counter|gauge|histogram))$/;
const SAMPLE = /^([a-z_]+)(\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? (\S+)$/;

export class PrometheusPage {
  /** Series with their values, as they are written: `name{label="value"}`. */
  readonly series = new Map<string, number>();
  /** Types of metrics by name. */
  readonly types = new Map<string, string>();

  /** @throws Error that names the line which is no such text, comes twice or belongs to nothing. */
  constructor(text: string) {
    const helped = new Set<string>();
    for (const line of text.split('\n')) {
      const fail = (why: string): never => {
        throw new Error(`${why}: ${line}`);
      };
      if (line === '') continue;
      if (line.startsWith('#')) {
        const [, helps, , types, type] = COMMENT.exec(line) ?? fail('no HELP and no TYPE');
        if (helps !== undefined) helped.add(helps);
        if (types === undefined || type === undefined) continue;
        if (!helped.has(types) || this.types.has(types)) fail('a type without help, or a second one');
        this.types.set(types, type);
        continue;
      }
      const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? fail('no sample');
      if (!this.types.has(name) && this.types.get(name.replace(/_(bucket|sum|count)$/, '')) !== 'histogram')
        fail('of no metric');
      if (this.series.has(name + labels)) fail('a second time');
      const number = Number(value);
      if (!Number.isFinite(number)) fail('no number');
      this.series.set(name + labels, number);
    }
  }

  /** @param series without the prefix `ws_stability_` */
  value(series: string): number | undefined {
    return this.series.get(`ws_stability_${series}`);
  }

  /** Names of the balances that do not hold. */
  get unbalanced(): readonly string[] {
    const balances = [...this.series].filter(([series]) => series.startsWith('ws_stability_balance_difference{'));
    if (balances.length < 3) return ['there are fewer than three'];
    return balances.flatMap(([series, difference]) => (difference === 0 ? [] : [`${series} ${difference}`]));
  }
}

/** Scrapes a server on this machine. */
export async function scrape(port: number): Promise<PrometheusPage> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return new PrometheusPage(await response.text());
}
