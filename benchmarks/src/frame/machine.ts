// Where a run took place: machine, versions, commit, and what other programs did to the processors meanwhile.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'} (${process.arch})`,
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

/** The installed version of each package, or `not installed`. */
export function versionsOf(packages: Iterable<string>): Readonly<Record<string, string>> {
  const require = createRequire(import.meta.url);
  return Object.fromEntries([...packages].map((name) => [name, versionOf(name, require)]));
}

function versionOf(name: string, require: NodeJS.Require): string {
  const folder = (require.resolve.paths(name) ?? []).find((path) => existsSync(join(path, name, 'package.json')));
  if (folder === undefined) return 'not installed';
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
  return version;
}

const here = dirname(fileURLToPath(import.meta.url));

/** The commit, with `+` when tracked files differ from it; `unknown` without git. */
export function currentCommit(): string {
  try {
    const git = (...words: string[]): string =>
      execFileSync('git', words, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}

/** What the processors did during a run; shares are of all cores together, 0 to 1. */
export interface Conditions {
  /** Busy, with this run's own work. */
  readonly busyShare: number;
  /** Taken by the host of a virtual machine; absent where the system does not say. */
  readonly stolenShare?: number;
}

/** @returns a function that tells the conditions since this call. */
export function observeConditions(): () => Conditions {
  const before = processorTimes();
  return () => {
    const after = processorTimes();
    const total = Math.max(1, after.total - before.total);
    const stolen = after.stolen === undefined || before.stolen === undefined ? undefined : after.stolen - before.stolen;
    return {
      busyShare: (after.busy - before.busy) / total,
      ...(stolen === undefined ? {} : { stolenShare: stolen / total }),
    };
  };
}

interface ProcessorTimes {
  readonly busy: number;
  readonly total: number;
  readonly stolen: number | undefined;
}

// Milliseconds since the machine started, as Node tells them; the stolen ones (in ticks of 10 ms) only Linux tells.
function processorTimes(): ProcessorTimes {
  let busy = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  const stolen = stolenMs();
  return { busy, total: busy + idle + (stolen ?? 0), stolen };
}

function stolenMs(): number | undefined {
  try {
    const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/)[8];
    return ticks === undefined ? undefined : Number(ticks) * 10;
  } catch {
    return undefined;
  }
}
