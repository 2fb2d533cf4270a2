// What `--list` shows.
import type { Area } from './area.ts';

export function listText(areas: readonly Area[]): string {
  return areas
    .flatMap(({ name, description, comparisons }) => [
      `${name}: ${description}`,
      ...comparisons.flatMap(({ id, title, contenders, figures }) => [
        `  ${name}/${id}: ${title}`,
        `    measures ${figures.map((figure) => `${figure.name} (${figure.unit})`).join(', ')}`,
        ...contenders.map((contender) => `    - ${contender.name}`),
      ]),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
