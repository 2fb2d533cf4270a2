// Which package may import which: from a lower layer only, never sideways (docs/architecture.md, "The house").

/** The packages from the lowest layer up; `protocol` stands on `core` (docs/decisions/0001-protocol-on-core.md). */
const layers: readonly (readonly string[])[] = [
  ['core'],
  ['protocol'],
  ['circuit-breaker', 'dedup-hash', 'metrics'],
  ['store', 'cleanup'],
  ['manager', 'client', 'redis', 'disk'],
  ['config', 'dashboard', 'testing'],
  ['server'],
  ['cli', 'benchmarks', 'tests'],
];

/** Packages that run in browsers: their sources use no Node module. */
export const browserPackages: readonly string[] = ['core', 'protocol', 'client', 'circuit-breaker', 'dedup-hash'];

/** @returns the layer of a package, from 0, or -1 when it has none yet. */
export function layerOf(packageName: string): number {
  return layers.findIndex((layer) => layer.includes(packageName));
}
