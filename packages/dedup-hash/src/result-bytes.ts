// About how much memory a result holds, counted from what it is made of.

const OBJECT_BYTES = 32;
const PRIMITIVE_BYTES = 8;
/** A key or an item of an object, beside what it is. */
const PLACE_BYTES = 8;

/**
 * Bytes of a kept result: texts and names of properties two a character, views and buffers as long as they are, objects, lists,
 * Maps and Sets with all they hold. What functions and private fields hold cannot be seen.
 */
export function resultBytes(result: unknown): number {
  if (!isObject(result)) return ownBytes(result);
  const seen = new Set<object>([result]);
  // Instead of a recursion, so that no depth is too deep.
  const waiting: object[] = [result];
  let bytes = 0;
  const count = (item: unknown): void => {
    bytes += PLACE_BYTES;
    if (!isObject(item) || seen.has(item)) {
      bytes += ownBytes(item);
      return;
    }
    seen.add(item);
    waiting.push(item);
  };
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    bytes += OBJECT_BYTES;
    if (ArrayBuffer.isView(value) || isBuffer(value)) bytes += value.byteLength;
    else if (Array.isArray(value)) value.forEach(count);
    else if (value instanceof Map) {
      for (const [key, item] of value) {
        count(key);
        count(item);
      }
    } else if (value instanceof Set) value.forEach(count);
    else {
      for (const [key, item] of Object.entries(value)) {
        bytes += 2 * key.length;
        count(item);
      }
    }
  }
  return bytes;
}

/** Without what an object holds. */
function ownBytes(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return 2 * value.length;
  return typeof value === 'bigint' ? value.toString(16).length : PRIMITIVE_BYTES;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isBuffer(value: object): value is ArrayBuffer | SharedArrayBuffer {
  if (value instanceof ArrayBuffer) return true;
  // Browsers have it only where pages are isolated.
  return typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer;
}
