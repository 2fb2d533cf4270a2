// Text and bytes: strict UTF-8, byte order marks kept, and a fast way for the short ASCII strings that headers are.

const encoder = new TextEncoder();
// `ignoreBOM` keeps the mark: a payload's bytes are the application's.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Longer strings are left to the platform, whose call costs more than it saves on short ones. */
const SHORT = 48;

/** Bytes of a string in UTF-8; an unpaired surrogate counts as U+FFFD, which is what is written for it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    bytes++;
    if (unit < 0x800) continue;
    bytes++;
    // A pair is four bytes for its two units: the low one adds nothing of its own.
    if (unit >= 0xd800 && unit <= 0xdbff && isLowSurrogate(text.charCodeAt(index + 1))) index++;
  }
  return bytes;
}

/** Writes a string at a place that has room for it. */
export function writeUtf8(target: Uint8Array, at: number, text: string): void {
  if (text.length <= SHORT) {
    let index = 0;
    for (; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      target[at + index] = unit;
    }
    if (index === text.length) return;
  }
  encoder.encodeInto(text, target.subarray(at));
}

/** Writes a string that is known to be ASCII. */
export function writeAscii(target: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index);
}

/** A string as bytes. */
export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as a string, or `undefined` when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
