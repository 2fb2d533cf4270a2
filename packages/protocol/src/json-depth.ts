// How deep JSON nests, found without parsing it.

/** Deepest nesting of a control message, its own braces counted. */
export const MAX_DEPTH = 64;

/** Whether brackets outside of strings nest deeper than {@link MAX_DEPTH}; one pass, for any text. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === 0x5c) index++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    // `{` and `[`, `}` and `]`: they differ in one bit.
    else if ((unit | 0x20) === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if ((unit | 0x20) === 0x7d) depth--;
  }
  return false;
}
