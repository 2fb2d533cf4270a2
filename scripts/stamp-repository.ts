// Writes where the sources are into each published package.json before a release: npm's provenance compares the two.
// The address is that of the repository whose workflow runs, so that a fork publishes its own.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
if (server === undefined || repository === undefined) {
  process.stderr.write(
    'Releases are made by the workflow release.yml, which sets GITHUB_SERVER_URL and GITHUB_REPOSITORY.\n',
  );
  process.exit(1);
}

const root = fileURLToPath(new URL('..', import.meta.url));
for (const top of ['packages', 'apps']) {
  for (const name of readdirSync(join(root, top))) {
    const file = join(root, top, name, 'package.json');
    const manifest: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
    const url = `git+${server}/${repository}.git`;
    const stamped = { ...manifest, repository: { type: 'git', url, directory: `${top}/${name}` } };
    writeFileSync(file, `${JSON.stringify(stamped, null, 2)}\n`);
  }
}
