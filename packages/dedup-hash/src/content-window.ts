// A window over what messages say instead of over their ids. Opt-in and apart: equal messages can both be meant.
import { type Listener, type Observable, type Random, systemRandom } from '@ws-stability/core';
import { canonicalJson } from './canonical-json.ts';
import type { DedupOptions } from './dedup-options.ts';
import type { ClaimOptions, ClaimOutcome, DedupEvents, DedupSnapshot, Seen } from './dedup-outcome.ts';
import { type DedupDependencies, DedupWindow, type Fingerprint } from './dedup-window.ts';
import type { Hasher } from './hasher.ts';
import { keyedHash, randomHashKey } from './keyed-hash.ts';

/** What a content may be long as text unless the options say otherwise; ids are far shorter. */
const MAX_CONTENT_LENGTH = 65_536;

export type ContentDependencies<Result> = Omit<DedupDependencies<Result>, 'fingerprint'>;

/**
 * Takes equal contents for the same message. Two clicks on one button, two heartbeats and two readings of one value are equal
 * and are both meant: of such messages the second is lost here. Use ids and {@link DedupWindow} wherever the sender can give one.
 *
 * Contents are bytes, or JSON values compared by their `canonicalJson`. They are kept, not only hashed, and compared in full.
 */
export class ContentWindow<Result = never> implements Observable<DedupEvents> {
  readonly #window: DedupWindow<Result>;

  /**
   * @param hasher finds candidates; choose `sha256` where the contents come from somebody who may want to slow you down: contents
   * with equal xxhash64 can be made on purpose, and each is then compared with the others.
   * @param options as for `DedupWindow`; `maxIdLength` is 65,536 by default and counts the canonical text, or the bytes, plus one.
   * @throws StabilityError `ERR_OPTION`.
   */
  constructor(hasher: Hasher, options: DedupOptions = {}, dependencies: ContentDependencies<Result> = {}) {
    const maxIdLength = options.maxIdLength ?? MAX_CONTENT_LENGTH;
    const fingerprint = contentFingerprint(hasher, dependencies.random ?? systemRandom);
    this.#window = new DedupWindow({ ...options, maxIdLength }, { ...dependencies, fingerprint });
  }

  /**
   * As `DedupWindow.claim`, for a content.
   *
   * @throws StabilityError `ERR_CANONICAL_JSON` besides.
   */
  claim(scope: string, content: unknown, options?: ClaimOptions): ClaimOutcome<Result> {
    return this.#window.claim(scope, textOf(content), options);
  }

  /** As `DedupWindow.peek`, for a content. */
  peek(scope: string, content: unknown): Seen<Result> | undefined {
    return this.#window.peek(scope, textOf(content));
  }

  /** The `id` of an eviction is the text that was kept: canonical JSON, or `b` and the bytes as characters. */
  on<Name extends keyof DedupEvents>(name: Name, listener: Listener<DedupEvents[Name]>): () => void {
    return this.#window.on(name, listener);
  }

  /** As `DedupWindow.sweep`. */
  sweep(most?: number): number {
    return this.#window.sweep(most);
  }

  snapshot(): DedupSnapshot {
    return this.#window.snapshot();
  }

  clear(): void {
    this.#window.clear();
  }

  close(): void {
    this.#window.close();
  }
}

/** Of the scope as well, or equal contents in many scopes would all fall together. */
function contentFingerprint(hasher: Hasher, random: Random): Fingerprint {
  const key = randomHashKey(random);
  return (scope, text) => keyedHash(scope, key, Number(BigInt.asIntN(32, hasher.text(text))));
}

/** No JSON text begins with a `b`. */
function textOf(content: unknown): string {
  return content instanceof Uint8Array ? `b${charactersOf(content)}` : canonicalJson(content);
}

/** A character a byte, in pieces that fit into one call's arguments. */
function charactersOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
