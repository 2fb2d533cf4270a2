import { framePlain, frameText } from '@ws-stability/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type MemoryWebSocket, openMemoryWebSocket } from '../testing/memory-websocket.ts';
import { until } from '../testing/until.ts';
import { preEncodedWritesWork, writeFrames } from './outlet.ts';
import { sendFrames } from './send-frames.ts';

const opened: MemoryWebSocket[] = [];

function open(): MemoryWebSocket {
  const memory = openMemoryWebSocket();
  opened.push(memory);
  return memory;
}

afterEach(() => {
  for (const { ws } of opened.splice(0)) ws.terminate();
});

// Around each step of the length field, and around the size at which a copy gives way to a vectored write.
const SIZES = [0, 1, 125, 126, 127, 16_384, 65_535, 65_536, 100_000];

describe('writing frames', () => {
  it('works past the queue of the installed library', () => {
    expect(preEncodedWritesWork()).toBe(true);
  });

  it.each(SIZES)('puts a frame with %i bytes on the wire as it is, either way', (size) => {
    for (const binary of [true, false]) {
      const frame = framePlain(new Uint8Array(size).fill(0x61), binary);
      const [past, through] = [open(), open()];
      writeFrames(past.ws, past.socket, [frame]);
      sendFrames(through.ws, [frame]);
      expect(past.written().equals(frame)).toBe(true);
      expect(through.written().equals(frame)).toBe(true);
    }
  });

  it('puts many frames in order as one write, the same bytes either way', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(...SIZES), fc.boolean()), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(frames, (shapes) => {
        const made = shapes.map(([size, binary], index) => framePlain(new Uint8Array(size).fill(index), binary));
        const [past, through] = [openMemoryWebSocket(), openMemoryWebSocket()];
        writeFrames(past.ws, past.socket, made);
        sendFrames(through.ws, made);
        expect(past.writes()).toBe(1);
        expect(past.written().equals(Buffer.concat(made))).toBe(true);
        expect(through.written().equals(Buffer.concat(made))).toBe(true);
        past.ws.terminate();
        through.ws.terminate();
      }),
      { numRuns: 50 },
    );
  });

  it.each(['writeFrames', 'sendFrames'])('%s calls back once, when the last byte has left', async (way) => {
    for (const sizes of [[10], [10, 20], [20_000, 20_000]]) {
      const { ws, socket, written } = open();
      const frames = sizes.map((size) => framePlain(new Uint8Array(size), true));
      const flushed = vi.fn(() => expect(written().length).toBe(Buffer.concat(frames).length));
      if (way === 'writeFrames') writeFrames(ws, socket, frames, flushed);
      else sendFrames(ws, frames, flushed);
      await until(() => expect(flushed).toHaveBeenCalled());
      expect(flushed).toHaveBeenCalledTimes(1);
    }
  });

  it('keeps its order with the frames of the library between', () => {
    const { ws, socket, written } = open();
    writeFrames(ws, socket, [frameText('a')]);
    ws.ping('p');
    writeFrames(ws, socket, [frameText('b'), frameText('c')]);
    ws.close(1000);
    const ping = Buffer.from([0x89, 1, 0x70]);
    const close = Buffer.from([0x88, 2, 0x03, 0xe8]);
    const expected = [frameText('a'), ping, frameText('b'), frameText('c'), close];
    expect(written().equals(Buffer.concat(expected))).toBe(true);
  });

  it('goes through the library while that holds something back', async () => {
    const { ws, socket, written } = open();
    // A Blob is read in the background: until then everything waits in the library's queue.
    ws.send(new Blob(['first']));
    writeFrames(ws, socket, [frameText('second')]);
    expect(written().length).toBe(0);
    const expected = Buffer.concat([framePlain(Buffer.from('first'), true), frameText('second')]);
    await until(() => expect(written().equals(expected)).toBe(true));
  });
});
