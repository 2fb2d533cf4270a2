// About how much memory a result holds, counted from what it is made of.

const OBJECT_BYTES = 32;
const PRIMITIVE_BYTES = 8;

/** Bytes of a kept result: texts two a character, views and buffers as long as they are, objects and lists with all they hold. */
export function resultBytes(result: unknown): number {
  return bytesOf(result, undefined);
}

function bytesOf(value: unknown, seen: Set<object> | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return PRIMITIVE_BYTES;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return OBJECT_BYTES + value.byteLength;
  if (seen?.has(value) === true) return PRIMITIVE_BYTES;
  const visited = (seen ?? new Set()).add(value);
  let bytes = OBJECT_BYTES;
  for (const item of Object.values(value)) bytes += PRIMITIVE_BYTES + bytesOf(item, visited);
  return bytes;
}
