// Assertions of the suite's own, so that it runs under any test framework or none.

export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
}

export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new ConformanceFailure(what);
}

/** Compares plain data, arrays and positions. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [show(actual), show(expected)];
  if (left !== right) throw new ConformanceFailure(`${what}: ${left} instead of ${right}`);
}

/** Whether it fails with this code, by a throw or by a rejection. */
export async function expectFailure(call: () => unknown, code: string, what: string): Promise<void> {
  try {
    await call();
  } catch (error) {
    expectEqual(codeOf(error), code, what);
    return;
  }
  throw new ConformanceFailure(`${what}: nothing failed, ${code} was due`);
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Map) return { map: [...item.entries()].sort() };
    if (item === undefined) return '(undefined)';
    return item === Number.POSITIVE_INFINITY ? '(Infinity)' : item;
  });
}
