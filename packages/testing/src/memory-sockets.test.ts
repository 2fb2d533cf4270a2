import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { memorySockets } from './memory-sockets.ts';

test('what one end writes the other reads, after the write has returned', async () => {
  const [near, far] = memorySockets();
  const heard: string[] = [];
  far.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
  await new Promise(setImmediate);
  near.write('one');
  near.write('two');
  expect(heard).toEqual([]);
  await eventually(() => expect(heard.join('')).toBe('onetwo'));
  expect(far).toHaveProperty('bytesRead', 6);
  expect(near).toHaveProperty('bytesRead', 0);
});

test('a reader that does not read is felt by the writer', async () => {
  const [near, far] = memorySockets();
  let written = 0;
  for (let index = 0; index < 50; index++) near.write(Buffer.alloc(10_000), () => written++);
  await new Promise<void>((resolve) => setTimeout(resolve, 20));
  expect(written).toBeLessThan(50);
  expect(near.writableLength).toBeGreaterThan(0);
  far.resume();
  await eventually(() => expect(written).toBe(50));
  expect(near.writableLength).toBe(0);
});

test('an end arrives as an end, and both ends close when both have ended', async () => {
  const [near, far] = memorySockets();
  const events: string[] = [];
  for (const [name, socket] of [
    ['near', near],
    ['far', far],
  ] as const) {
    socket.on('close', () => events.push(`${name} closed`)).on('error', (error) => events.push(String(error)));
  }
  far.on('end', () => far.end('bye'));
  far.resume();
  near.resume();
  near.end('hello');
  await eventually(() => expect(events.sort()).toEqual(['far closed', 'near closed']));
});

test('destroying one end resets the other', async () => {
  const [near, far] = memorySockets();
  let code: string | undefined;
  far.on('error', (error: NodeJS.ErrnoException) => (code = error.code));
  near.destroy();
  await eventually(() => expect([far.destroyed, code]).toEqual([true, 'ECONNRESET']));
});

test('a write to an end that is gone fails', async () => {
  const [near, far] = memorySockets();
  let failure: Error | null | undefined;
  near.on('error', () => {});
  far.on('error', () => {});
  far.destroy();
  near.write('x', (error) => (failure = error));
  await eventually(() => expect(failure).toBeInstanceOf(Error));
});
