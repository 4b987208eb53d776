/**
 * The frame codec of RFC 6455 5 to 8: bytes to messages and messages to bytes, for either role, without I/O.
 *
 * @module
 */
export {
  ABNORMAL_CLOSURE,
  type ClosePayload,
  decodeClosePayload,
  encodeClosePayload,
  GOING_AWAY,
  INVALID_PAYLOAD,
  isCloseCode,
  MAX_REASON_BYTES,
  MESSAGE_TOO_BIG,
  NO_STATUS_RECEIVED,
  NORMAL_CLOSURE,
  nameOfCloseCode,
  POLICY_VIOLATION,
  PROTOCOL_ERROR,
} from './close-code.js';
export { ProtocolError, type ProtocolErrorCode, type ProtocolErrorFacts } from './error.js';
export { decodeHeader, encodeHeader, type FrameHeader, headerLengthFor, MAX_HEADER_LENGTH } from './header.js';
export { mask } from './mask.js';
export { createMaskingKeys, type NextMaskingKey } from './masking-key.js';
export {
  BINARY,
  CLOSE,
  CONTINUATION,
  type ControlOpcode,
  type DataOpcode,
  isControl,
  type MessageOpcode,
  PING,
  PONG,
  type Role,
  TEXT,
} from './opcode.js';
export { Reader } from './reader.js';
export { MAX_FRAGMENTS, MAX_MESSAGE_BYTES, type ReaderOptions } from './reader-options.js';
export { checkHeader, type RuleContext, type Violation } from './rules.js';
export { createSimdMemory, type SimdMemory } from './simd.js';
export type { PieceSink, Sink } from './sink.js';
export { createSlotPool, type Slot, type SlotPool } from './slot.js';
export { checkUtf8 } from './text.js';
export { Writer, type WriterOptions, type WriterOutput } from './writer.js';
