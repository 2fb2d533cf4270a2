// Two ends of a connection that exists in memory only, near enough to TCP sockets for `node:http` and `ws`.
import { Duplex } from 'node:stream';

/** What `node:http` and `ws` ask of a socket beyond a stream; a connection in memory has nothing to set. */
const SOCKET_MANNERS = {
  setNoDelay: asIs,
  setKeepAlive: asIs,
  setTimeout: asIs,
  ref: asIs,
  unref: asIs,
  remoteAddress: '127.0.0.1',
  remotePort: 1,
  remoteFamily: 'IPv4',
};

function asIs(this: Duplex): Duplex {
  return this;
}

/**
 * A connected pair with backpressure: a write is done when the other end has room for it, an end arrives as an end, and
 * destroying one end closes the other, with the error `ECONNRESET` if it had not ended.
 */
export function memorySockets(): readonly [Duplex, Duplex] {
  // Written bytes that the other end has no room for yet: their callbacks, by reader.
  const waiting: [Waiting, Waiting] = [{ proceed: undefined }, { proceed: undefined }];
  const received: [number, number] = [0, 0];
  const ends: [Duplex, Duplex] = [end(0), end(1)];
  return ends;

  function end(side: 0 | 1): Duplex {
    const other = side === 0 ? 1 : 0;
    const duplex = new Duplex({
      read() {
        proceed(waiting[side]);
      },
      write(chunk: Buffer, _encoding, callback) {
        // A copy: as with a real socket, the writer may reuse its memory once the write is done.
        hand(Buffer.from(chunk), callback);
      },
      writev(chunks, callback) {
        hand(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
      },
      final(callback) {
        if (!ends[other].destroyed) ends[other].push(null);
        callback();
      },
      destroy(error, callback) {
        proceed(waiting[side]);
        const far = ends[other];
        if (!far.destroyed && !(duplex.writableFinished && duplex.readableEnded)) {
          setImmediate(() => far.destroy(duplex.writableFinished ? undefined : reset()));
        }
        callback(error);
      },
    });
    // Who has let go of its end must not be crashed by the other one; `close` follows for who still cares.
    duplex.on('error', () => {});
    // Heartbeats judge a peer by it.
    Object.defineProperty(duplex, 'bytesRead', { get: () => received[side] });
    return Object.assign(duplex, SOCKET_MANNERS);

    /** Never within the writer's call: no code expects an answer before its write has returned. */
    function hand(bytes: Buffer, callback: (error?: Error | null) => void): void {
      process.nextTick(() => {
        const far = ends[other];
        if (far.destroyed) return callback(reset());
        received[other] += bytes.length;
        if (far.push(bytes)) callback();
        else waiting[other].proceed = callback;
      });
    }
  }
}

interface Waiting {
  proceed: ((error?: Error | null) => void) | undefined;
}

function proceed(waiting: Waiting): void {
  const callback = waiting.proceed;
  waiting.proceed = undefined;
  callback?.();
}

function reset(): Error {
  return Object.assign(new Error('The other end of the connection in memory was destroyed.'), { code: 'ECONNRESET' });
}
