// docs/configuration.md: what people wrote in it, with the tables between the marks written from the descriptors.
import { configurationGuide } from '@ws-stability/config';
import { packageAndServerGroups } from '../src/settings.ts';

const BEGIN = '<!-- begin of the tables: written by `pnpm --filter @ws-stability/server docs:configuration` -->';
const END = '<!-- end of the tables -->';

export const CONFIGURATION_PAGE = new URL('../../../docs/configuration.md', import.meta.url);

/** The page with its tables as they should be. */
export function withCurrentTables(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/configuration.md needs the lines ${BEGIN} and ${END}`);
  const { server, ...packages } = packageAndServerGroups;
  const tables = configurationGuide({ server, ...packages });
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tables}\n${page.slice(end)}`;
}
