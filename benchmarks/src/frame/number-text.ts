// Numbers for people: three significant digits, thousands apart.

/** `1234567` → `1,230,000`; `0.012345` → `0.0123`. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e7) return `${numberText(rounded / 1e6)} M`;
  if (size < 1e-4) return rounded.toExponential();
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 8 });
}

/** A ratio below one also as a fraction: `0.0213 (1/47)`. */
export function ratioText(ratio: number): string {
  const fraction = ratio > 0 && ratio < 0.2 ? ` (1/${numberText(1 / ratio)})` : '';
  return `${numberText(ratio)}${fraction}`;
}
