// What every hasher can do, whichever algorithm is behind it.

/** The algorithms there are; each keeps its values for ever. */
export type HashAlgorithm = 'xxhash64' | 'sha256';

/** Fingerprints of bytes, text and JSON values: the same input gives the same value in every process, on every machine. */
export interface Hasher {
  /** Which algorithm it is; keep it beside fingerprints that you store, because those of two algorithms never compare. */
  readonly algorithm: HashAlgorithm;
  /** How wide a fingerprint is: 64 for xxhash64, 256 for sha256. */
  readonly bits: number;
  /** The seed in use; 0 is the algorithm as published. */
  readonly seed: bigint;
  /** Of bytes, as they are. One argument: in `map`, write `(input) => hasher.bytes(input)`. */
  bytes(input: Uint8Array): bigint;
  /** Of a text's UTF-8. A lone surrogate counts as U+FFFD there, so two texts that differ only in those have one fingerprint. */
  text(input: string): bigint;
  /**
   * Of a JSON value: the text of `canonicalJson`, so the order of keys does not matter.
   *
   * @throws StabilityError `ERR_CANONICAL_JSON` for what JSON cannot say.
   */
  value(input: unknown): bigint;
  /** A fingerprint as lower-case hexadecimal of full width: 16 digits for xxhash64, 64 for sha256. */
  hex(fingerprint: bigint): string;
}
