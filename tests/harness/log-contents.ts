// Everything that stands in a topic's log, read through the port.
import type { Position } from '@ws-stability/protocol';
import type { LogStore } from '@ws-stability/store';
import { contentOf } from './recorded-client.ts';

export interface LoggedContent {
  readonly position: Position;
  readonly content: string;
}

export async function readLog(log: LogStore, topic: string): Promise<readonly LoggedContent[]> {
  const contents: LoggedContent[] = [];
  const [head] = await log.heads([topic]);
  if (head === undefined) return contents;
  for (let after: Position = [head.epoch, head.first - 1]; ; ) {
    const page = await log.read(topic, after, { entries: 1000, bytes: 1 << 20 });
    if (page.status === 'gap') throw new Error(`a gap after ${after.join(':')} while reading the log`);
    if (page.entries.length === 0) return contents;
    for (const entry of page.entries) {
      after = [head.epoch, entry.offset];
      contents.push({ position: after, content: contentOf(entry.frame.subarray(entry.payloadStart)) });
    }
  }
}
