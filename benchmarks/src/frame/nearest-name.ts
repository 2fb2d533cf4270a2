// Which known word an unknown one was meant to be.

/** The known word that is closest, if it is close enough to have been meant. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(unknown, name) }))
    .filter(({ distance }) => distance <= Math.max(2, unknown.length * 0.4))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.name;
}

// Levenshtein's distance, by rows (Wagner and Fischer 1974).
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const here = [row + 1];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      here.push(Math.min(replaced, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1));
    }
    above = here;
  }
  return above[b.length] ?? 0;
}
