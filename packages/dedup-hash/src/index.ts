export { canonicalJson, MAX_CANONICAL_DEPTH } from './canonical-json.ts';
export { type ContentDependencies, ContentWindow } from './content-window.ts';
export { createHasher, type HasherOptions } from './create-hasher.ts';
export { type DedupOptions, dedupOptions } from './dedup-options.ts';
export type {
  Claim,
  ClaimOptions,
  ClaimOutcome,
  DedupEvents,
  DedupSnapshot,
  Duplicate,
  InProgress,
  Seen,
} from './dedup-outcome.ts';
export { type DedupDependencies, DedupWindow, type Fingerprint } from './dedup-window.ts';
export type { HashAlgorithm, Hasher } from './hasher.ts';
export { ENTRY_OVERHEAD_BYTES, type Eviction } from './ledger.ts';
