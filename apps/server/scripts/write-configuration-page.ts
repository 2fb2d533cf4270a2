// Writes the tables of docs/configuration.md anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { CONFIGURATION_PAGE, withCurrentTables } from './configuration-page.ts';

writeFileSync(CONFIGURATION_PAGE, withCurrentTables(readFileSync(CONFIGURATION_PAGE, 'utf8')));
