// What a message carries: text stays text, binary stays binary, from publisher to subscriber.

/** A payload as applications see it: a string travels as a text message, bytes as a binary one. */
export type Payload = string | Uint8Array;
