// The way through the library, for a `ws` that does not let us write past it: takes our own frames apart again.
import type { WebSocket } from 'ws';

/** @param flushed called when the last byte left the process */
export function sendFrames(ws: Pick<WebSocket, 'send'>, frames: readonly Uint8Array[], flushed?: () => void): void {
  frames.forEach((frame, index) => {
    const short = (frame[1] as number) & 0x7f;
    const payload = frame.subarray(short === 127 ? 10 : short === 126 ? 4 : 2);
    const binary = ((frame[0] as number) & 0x0f) === 2;
    ws.send(payload, { binary, compress: false }, index === frames.length - 1 ? flushed : undefined);
  });
}
