// Runs many small jobs, a few at a time.

export async function inParallel<Item>(
  items: Iterable<Item>,
  atOnce: number,
  job: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await job(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
