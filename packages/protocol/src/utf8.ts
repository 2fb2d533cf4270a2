// Text and bytes: strict UTF-8 with byte order marks kept, and what short ASCII, which most headers are, allows.

const encoder = /* @__PURE__ */ new TextEncoder();
// `ignoreBOM` keeps the mark: a payload's bytes are the application's.
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to here a loop is quicker than a call of the platform's encoder (measured on Node 20: 90 against 110 ns at 20, 415 against 315 at 60). */
const SHORT = 48;
const SCRATCH_BYTES = 65_536;
let scratch: Uint8Array | undefined;

/**
 * A string as bytes, to be copied at once: the next call may write over them.
 * An unpaired surrogate becomes U+FFFD.
 */
export function utf8View(text: string): Uint8Array {
  // A unit becomes at most three bytes.
  if (text.length * 3 > SCRATCH_BYTES) return encoder.encode(text);
  scratch ??= new Uint8Array(SCRATCH_BYTES);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

/** Whether a string is ASCII and so short that {@link writeAscii} is the quickest. */
export function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Writes a string that is known to be ASCII. */
export function writeAscii(target: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index);
}

/** Bytes as a string, or `undefined` when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
