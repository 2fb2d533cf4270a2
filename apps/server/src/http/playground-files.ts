// The files of the playground page, read once at start: what is not among them cannot be asked for.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PlaygroundFile {
  /** As in the URL, e.g. `/assets/index.js`; the page itself is `/`. */
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
}

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
]);

export const PLAYGROUND_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The folder that the build writes, as seen from the built file or from the source. */
export function playgroundFolder(): string {
  const candidates = ['./playground/', '../dist/playground/', '../../dist/playground/'];
  const folders = candidates.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(join(folder, 'index.html'))) ?? folders[0] ?? '';
}

/** The files in a folder that a page is made of; none if there is no page. Source maps and unknown kinds stay unserved. */
export function readPlaygroundFiles(folder: string): readonly PlaygroundFile[] {
  if (!existsSync(join(folder, 'index.html'))) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const type = TYPES.get(extname(entry.name));
    if (!entry.isFile() || type === undefined) return [];
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    return [{ path: path === '/index.html' ? '/' : path, type, content: readFileSync(file) }];
  });
}
