// Writes the document of `--json`; a file that cannot be written is found before the run, not after it.
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Document } from './json-document.ts';

/** Why the file could not be written, or undefined. */
export function writingProblem(file: string): string | undefined {
  const path = resolve(file);
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) return `--json ${file} is a folder; name a file in it.`;
  try {
    accessSync(existing === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    return describe(file, error);
  }
}

/** @returns why it could not be written, or undefined when it was. */
export function writeDocument(file: string, document: Document): string | undefined {
  try {
    writeFileSync(resolve(file), `${JSON.stringify(document, null, 2)}\n`);
    return undefined;
  } catch (error) {
    return describe(file, error);
  }
}

function describe(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `--json ${file}: its folder does not exist; create ${dirname(resolve(file))} first.`;
  if (code === 'EACCES' || code === 'EROFS') return `--json ${file}: there is no permission to write there.`;
  return `--json ${file} cannot be written: ${error instanceof Error ? error.message : error}`;
}
