// The wire format of ws-stability, and typed topics.
export { MAX_HEADER_BYTES } from './binary-header.ts';
export { readDownward, readServerControl, type UpwardFields, writeControl, writeUpward } from './client-wire.ts';
export { CLOSE, type CloseAction, closeAction, gapReason, parseGapReason } from './close-codes.ts';
export { decodeClientControl, decodeServerControl, encodeControl } from './control-codec.ts';
export {
  type Ack,
  type Auth,
  type AuthRequest,
  type Bye,
  type ClientControl,
  type Durability,
  type Err,
  type Gap,
  type GapNotice,
  type GapReason,
  type Goaway,
  type GoawayReason,
  type Hello,
  type Joined,
  type Left,
  type Ok,
  type Ping,
  type Pong,
  type Positions,
  type Ready,
  type Result,
  type ResumeFailure,
  type ServerControl,
  type Skip,
  type SkipReason,
  type StartAt,
  SUBPROTOCOL,
  type Subscribe,
  type TopicOutcome,
  type Unsubscribe,
  VERSION,
  type Welcome,
  type WireError,
} from './control-messages.ts';
export { decodeDownward, decodeUpward, encodeDownward, encodeUpward, MAX_CONTROL_BYTES } from './data-codec.ts';
export type { DataFields, DownwardData, FrameProblem, UpwardBytes, UpwardData } from './data-frames.ts';
export { MAX_FIELD_LENGTH } from './header-fields.ts';
export { MAX_DEPTH } from './json-depth.ts';
export type { Payload } from './payload.ts';
export { type Codec, jsonCodec, rawCodec, textCodec } from './payload-codec.ts';
export { comparePositions, MAX_OFFSET, MAX_POSITIONS, type Position } from './position.ts';
export type { StandardIssue, StandardResult, StandardSchemaV1 } from './standard-schema.ts';
export { rawTopic, topic, type ValueOf } from './topic.ts';
export type { Topic, TopicOptions } from './topic-contents.ts';
export {
  assertTopicName,
  INBOX,
  isTopicName,
  isWireTopic,
  MAX_TOPIC_LENGTH,
  PRINCIPAL_TOPIC,
} from './topic-name.ts';
export { type StringPlaceholder, string, type TopicPattern } from './topic-pattern.ts';
export { type PayloadRefusal, type Validation, validate } from './validate.ts';
export { frameDownward, framePlain, frameText, type WireFrame } from './wire-frame.ts';
