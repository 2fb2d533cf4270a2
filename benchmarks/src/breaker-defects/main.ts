// Runs the eleven defects against opossum, cockatiel and our breaker, and prints which library shows which.
// Fails when ours shows one. What a peer shows is a finding, never a failure.
import Table from 'cli-table3';
import { exitOnSignal } from '../frame/exit-on-signal.ts';
import { withPeers } from './install-peers.ts';
import { ownSubject } from './own-subject.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import type { Subject } from './subject.ts';

const COLUMNS = [34, 34, 34, 34];
// What a peer throws behind its caller's back must not end the run.
const strays: unknown[] = [];
process.on('unhandledRejection', (error) => strays.push(error));

exitOnSignal('SIGINT', 'SIGTERM', 'SIGHUP');

async function cellOf(scenario: Scenario, subject: Subject): Promise<string> {
  const sighting = await scenario.run(subject);
  if (sighting === undefined) return 'does not apply: it has none';
  if (sighting.shows && subject === ownSubject) process.exitCode = 1;
  return `${sighting.shows ? 'DEFECT' : 'absent'}: ${sighting.seen}`;
}

await withPeers(async (peers) => {
  const subjects = [...peers, ownSubject];
  const head = ['defect', ...subjects.map(({ name, version }) => `${name} ${version}`)];
  const table = new Table({ head, colWidths: COLUMNS, wordWrap: true, style: { head: [], border: [] } });
  for (const scenario of scenarios) {
    process.stderr.write(`${scenario.defect} …\n`);
    const cells: string[] = [];
    for (const subject of subjects) cells.push(await cellOf(scenario, subject));
    table.push([scenario.defect, ...cells]);
  }
  process.stdout.write(`${table.toString()}\nNode ${process.version}, measured just now.\n`);
});
// Some peers leave timers behind.
process.exit();
