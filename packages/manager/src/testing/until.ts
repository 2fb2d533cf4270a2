// Waits for what the event loop will bring, turn by turn.

/** Against hanging only: a busy machine may take long. */
const LONGEST_MS = 20_000;

/** Resolves when a check no longer throws; rejects with what it throws after some seconds. */
export async function until(check: () => unknown): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
