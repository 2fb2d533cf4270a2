// Installs the peers into a folder of their own: they declare newer Nodes than this workspace, whose install would refuse them.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CockatielModule, cockatielSubject } from './cockatiel-subject.ts';
import { type OpossumModule, opossumSubject } from './opossum-subject.ts';
import type { Subject } from './subject.ts';

const PEERS = ['opossum@10.0.0', 'cockatiel@4.0.0'] as const;

/** Hands the peers to `use`; their folder is deleted afterwards, and when the process exits before. */
export async function withPeers(use: (peers: readonly Subject[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'breaker-defects-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await install(folder);
    const opossum: OpossumModule = await import(entryOf(folder, 'opossum'));
    const cockatiel: CockatielModule = await import(entryOf(folder, 'cockatiel'));
    await use([
      opossumSubject(opossum, await versionOf(folder, 'opossum')),
      cockatielSubject(cockatiel, await versionOf(folder, 'cockatiel')),
    ]);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function install(folder: string): Promise<void> {
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--loglevel=error',
    '--prefix',
    folder,
    ...PEERS,
  ];
  const npm = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  // Before its folder is removed, or it would write there again.
  const end = (): void => void npm.kill('SIGKILL');
  process.prependOnceListener('exit', end);
  const code = await new Promise((resolve, reject) => npm.on('close', resolve).on('error', reject));
  process.off('exit', end);
  if (code !== 0)
    throw new Error(`npm could not install ${PEERS.join(' and ')} (exit ${code}). Is the registry reachable?`);
}

/** Where `import` finds a package from that folder. */
function entryOf(folder: string, name: string): string {
  return pathToFileURL(createRequire(join(folder, 'index.js')).resolve(name)).href;
}

async function versionOf(folder: string, name: string): Promise<string> {
  const manifest: { readonly version: string } = JSON.parse(
    await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return manifest.version;
}
