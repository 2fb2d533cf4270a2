// Checks who imports whom: layers between packages, cycles within, what pure and browser files may use.
import { fileURLToPath } from 'node:url';
import { findCycles } from './import-cycles.ts';
import { isRelative, problemsOf } from './layer-rules.ts';
import { readSources, targetOf } from './source-files.ts';

const files = readSources(fileURLToPath(new URL('..', import.meta.url)));
const problems = files.flatMap((file) => [...problemsOf(file)].map((problem) => `${file.path} ${problem}`));
const graph = new Map(
  files.map((file) => [file.path, file.imports.filter(isRelative).map((specifier) => targetOf(file, specifier))]),
);
for (const cycle of findCycles(graph)) problems.push(`${cycle.join(', ')} import each other in a circle`);

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${files.length} files, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
