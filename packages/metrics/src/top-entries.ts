// The rows with the largest counts of a column, in one scan that keeps no more than asked for.
import type { ClientRows } from './client-rows.ts';

const MOST = 1000;

/** @returns rows, the largest count first; of equal ones that with the smaller number first. */
export function topEntries(rows: ClientRows, limit: number, column: number): readonly number[] {
  const wanted = Math.min(Math.max(Math.floor(limit), 0), MOST);
  const best: { readonly row: number; readonly count: number }[] = [];
  for (let row = 1; row < rows.end && wanted > 0; row++) {
    if (rows.idOf(row) === undefined) continue;
    const count = rows.count(row, column);
    const last = best.length === wanted ? best.at(-1) : undefined;
    if (last !== undefined && count <= last.count) continue;
    if (last !== undefined) best.pop();
    best.splice(placeOf(best, count), 0, { row, count });
  }
  return best.map(({ row }) => row);
}

/** After all that are as large, by halving. */
function placeOf(best: readonly { readonly count: number }[], count: number): number {
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((best[middle]?.count ?? 0) >= count) low = middle + 1;
    else high = middle;
  }
  return low;
}
