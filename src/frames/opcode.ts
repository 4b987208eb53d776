/** Opcodes of RFC 6455 5.2. Data and control opcodes are different types, so that a fragmented ping cannot be written. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** Opcode that starts a message (RFC 6455 5.6). */
export type MessageOpcode = typeof TEXT | typeof BINARY;
/** Opcode of a frame that carries part of a message (RFC 6455 5.4). */
export type DataOpcode = typeof CONTINUATION | MessageOpcode;
/** Opcode of a control frame (RFC 6455 5.5). */
export type ControlOpcode = typeof CLOSE | typeof PING | typeof PONG;

/** Whether the opcode is one of the control range 0x8 to 0xF: "the most significant bit of the opcode is 1" (RFC 6455 5.5). */
export const isControl = (opcode: number): boolean => (opcode & 0x8) !== 0;

/** Which side of the connection a codec plays: a client masks what it sends, a server does not (RFC 6455 5.1). */
export type Role = 'client' | 'server';
