// Measures what something keeps in memory, in a fresh process with `--expose-gc`.

/** Bytes of heap and of memory outside of it (typed arrays) that `create`'s result keeps alive. */
async function bytesOf(create: () => unknown): Promise<number> {
  const before = usedBytes();
  const kept = await create();
  const after = usedBytes();
  // Without this use the result might be collected before it is counted.
  if (kept === undefined) throw new Error('There is nothing whose memory could be measured.');
  return after - before;
}

/** {@link bytesOf} `count` things, for one of them. */
export async function bytesPer(count: number, create: () => unknown): Promise<number> {
  return (await bytesOf(create)) / count;
}

const MOST_COLLECTIONS = 10;

function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('The comparison must be `fresh`: memory needs --expose-gc.');
  let least = Number.POSITIVE_INFINITY;
  // Again until nothing more is found: what one collection leaves to finalisers is gone after the next.
  for (let collection = 0; collection < MOST_COLLECTIONS; collection++) {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    if (collection > 1 && heapUsed + external >= least) break;
    least = Math.min(least, heapUsed + external);
  }
  return least;
}
