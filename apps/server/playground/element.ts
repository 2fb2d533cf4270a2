// Finds the parts of the page and writes text into them; nothing from outside ever becomes markup.

/** @throws Error when index.html and the scripts do not fit together. */
export function element<Type extends Element>(id: string, type: abstract new () => Type): Type {
  // Typed as HTMLElement by the platform, which an SVG <use> is not.
  const found: Element | null = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} with the id ${id}`);
}

/** Writes only what changed, so that nothing is laid out again for nothing. */
export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

const whole = new Intl.NumberFormat('en');

export const digits = (value: number): string => whole.format(value);

/** `1 message`, `2 messages`. */
export const counted = (value: number, noun: string): string => `${digits(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Seconds with one decimal. */
export const seconds = (ms: number): string => `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
