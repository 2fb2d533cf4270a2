// What the server has not answered yet: numbered 1, 2, 3 … when first sent, resent after a resume, given up with the session.
//
// | state of a message | next() with room               | result | taken back (the server drains) | resumed(handled)           | session lost              |
// |--------------------|--------------------------------|--------|--------------------------------|----------------------------|---------------------------|
// | fresh (no number)  | numbered and sent, unless held | –      | –                              | stays                      | stays                     |
// | sent               | –                              | leaves | fresh, in its old place        | > handled: to resend       | id: fresh · else given up |
// | to resend          | sent, same number              | leaves | fresh, in its old place        | stays                      | id: fresh · else given up |
//
// Held, by a goaway or by what was taken back, means until the next connection: resumed or lost.

/** What the outbox looks at; the rest of a message is the caller's. */
export interface Outgoing {
  /** 0 until sent. */
  seq: number;
  /** Its place among all that were ever added; set by the outbox. */
  order?: number;
  readonly id?: string;
  readonly bytes: number;
}

export interface OutboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

export class Outbox<Message extends Outgoing> {
  readonly #limits: OutboxLimits;
  /** Numbered, without a result; in order of their numbers. */
  #numbered = new Map<number, Message>();
  #fresh = new Set<Message>();
  #next = 1;
  /** The number from which on nothing was sent on this connection. */
  #cursor = 1;
  #handled = 0;
  #restored = false;
  #held = false;
  #added = 0;
  #flying = 0;
  #flyingBytes = 0;
  #bytes = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get messages(): number {
    return this.#numbered.size + this.#fresh.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that were sent and have no result. */
  get sent(): number {
    return this.#numbered.size;
  }

  /** The number that the next message will have. */
  get nextSeq(): number {
    return this.#next;
  }

  /** All results up to here have arrived. */
  get confirmed(): number {
    for (const seq of this.#numbered.keys()) return seq - 1;
    return this.#next - 1;
  }

  /** @returns whether there was room. */
  add(message: Message): boolean {
    if (this.messages >= this.#limits.messages || this.#bytes + message.bytes > this.#limits.bytes) return false;
    message.order = this.#added++;
    this.#fresh.add(message);
    this.#bytes += message.bytes;
    return true;
  }

  /** The next message to send, if the server's window has room for it; one whose number is still 0 is too large for it. */
  next(window: OutboxLimits, maxBytes: number): Message | undefined {
    for (; this.#cursor < this.#next; this.#cursor++) {
      const again = this.#numbered.get(this.#cursor);
      if (again === undefined) continue;
      if (!this.#room(again, window)) return undefined;
      this.#cursor++;
      return this.#fly(again);
    }
    if (this.#held) return undefined;
    for (const message of this.#fresh) {
      const fits = message.bytes <= maxBytes;
      if (fits && !this.#room(message, window)) return undefined;
      this.#fresh.delete(message);
      if (!fits) {
        this.#bytes -= message.bytes;
        return message;
      }
      message.seq = this.#next++;
      this.#cursor = this.#next;
      this.#numbered.set(message.seq, message);
      return this.#fly(message);
    }
    return undefined;
  }

  /** The results `from`–`to` arrived. @returns the messages that waited for them. */
  result(from: number, to: number): Message[] {
    const answered: Message[] = [];
    for (const [seq, message] of this.#numbered) {
      if (seq > to) break;
      if (seq < from) continue;
      this.#numbered.delete(seq);
      this.#bytes -= message.bytes;
      if (seq > this.#handled && seq < this.#cursor) {
        this.#flying--;
        this.#flyingBytes -= message.bytes;
      }
      answered.push(message);
    }
    return answered;
  }

  /** Nothing new goes out on this connection any more. */
  hold(): void {
    this.#held = true;
  }

  /** The server did not take the message of this number and will not: it goes out anew on the next connection. */
  takeBack(seq: number): void {
    const messages = this.result(seq, seq);
    // None: an old refusal that is repeated after a resume.
    if (messages.length === 0) return;
    for (const { bytes } of messages) this.#bytes += bytes;
    this.#renew(messages);
    this.hold();
  }

  /** Takes back a message that was never sent. @returns whether it was so. */
  cancel(message: Message): boolean {
    const cancelled = this.#fresh.delete(message);
    if (cancelled) this.#bytes -= message.bytes;
    return cancelled;
  }

  /** The numbers of an earlier page's session; their results are nobody's. */
  restore(nextSeq: number): void {
    this.#next = nextSeq;
    this.#restored = true;
  }

  /**
   * The session goes on; all up to `handled` are settled there.
   *
   * @returns false when the numbers do not fit together (a message of an earlier page is still open, or the server knows
   * more of them than we do): a new message could then be taken for an old one, and the session must be left.
   */
  resumed(handled: number): boolean {
    const fits = handled < this.#next && (!this.#restored || handled === this.#next - 1);
    this.#restored = this.#held = false;
    // Numbers above `handled` that the server did not take are free again, and the next must follow on the last one.
    if (fits) this.#next = Math.max(handled, ...this.#numbered.keys()) + 1;
    this.#handled = handled;
    this.#cursor = handled + 1;
    this.#flying = this.#flyingBytes = 0;
    return fits;
  }

  /** The session is lost: numbering starts again. @returns the messages whose outcome nobody can tell any more. */
  lost(): Message[] {
    const unknown: Message[] = [];
    const again: Message[] = [];
    for (const message of this.#numbered.values()) (message.id === undefined ? unknown : again).push(message);
    this.#renew(again);
    for (const message of unknown) this.#bytes -= message.bytes;
    this.#numbered = new Map();
    this.#next = 1;
    this.resumed(0);
    return unknown;
  }

  /** Empties it. @returns everything that was in it. */
  clear(): Message[] {
    const all = [...this.#numbered.values(), ...this.#fresh];
    this.#numbered.clear();
    this.#fresh.clear();
    this.#bytes = 0;
    return all;
  }

  /** Makes messages fresh again, each in its old place. */
  #renew(messages: readonly Message[]): void {
    for (const message of messages) message.seq = 0;
    this.#fresh = new Set([...messages, ...this.#fresh].sort((a, b) => (a.order ?? 0) - (b.order ?? 0)));
  }

  #room({ bytes }: Message, window: OutboxLimits): boolean {
    // A message larger than the whole window goes alone.
    return this.#flying === 0 || (this.#flying < window.messages && this.#flyingBytes + bytes <= window.bytes);
  }

  #fly(message: Message): Message {
    this.#flying++;
    this.#flyingBytes += message.bytes;
    return message;
  }
}
