/**
 * WebSocket client for Node: `connect()`, the CTRL functions of WinCC OA, and their errors.
 *
 * @module
 */
export { CloseEvent, type CloseEventInit } from './api/close-event.js';
export { type CloseFrame, type CloseReport, describeClose } from './api/close-report.js';
export type { PerMessageDeflate } from './api/compression-options.js';
export { connect } from './api/connect.js';
export { Connection, type ConnectionEvents } from './api/connection.js';
export {
  type DataReference,
  getLastError,
  webSocketClose,
  webSocketOpen,
  webSocketRead,
  webSocketWrite,
} from './api/ctrl.js';
export { CtrlError, type CtrlErrorCode } from './api/ctrl-error.js';
export type { CtrlOptions } from './api/ctrl-options.js';
export type { Sendable } from './api/data.js';
export type {
  CloseDiagnostics,
  DiagnosticsSource,
  ErrorDiagnostics,
  FrameDiagnostics,
  OpenDiagnostics,
} from './api/diagnostics.js';
export {
  ConnectionError,
  type ConnectionErrorCode,
  type ConnectionErrorFacts,
  type Phase,
  type WebSocketError as WebSocketOpenError,
} from './api/errors.js';
export type { Message, WaitLimits } from './api/inbox.js';
export { type Inspection, inspect, type TlsInspection } from './api/inspect.js';
export type { KeyLog } from './api/key-log.js';
export { MessageEvent, type MessageEventInit } from './api/message-event.js';
export type { ListenerLike, ListenOptions } from './api/message-listeners.js';
export type { MessageStream } from './api/message-stream.js';
export type { ConnectOptions } from './api/options.js';
export type { Parts } from './api/outbox.js';
export type { ProxyOptions } from './api/proxy.js';
export type { ReconnectOptions } from './api/reconnect-options.js';
export { reconnecting } from './api/reconnecting.js';
export type { SocketOptions, SocketTarget } from './api/socket.js';
export { type DuplexOptions, toDuplex } from './api/streams.js';
export type { TlsReport } from './api/tls-report.js';
export {
  WebSocket,
  type WebSocketErrorEvent,
  type WebSocketEventMap,
  type WebSocketHandler,
  type WebSocketOptions,
} from './api/websocket.js';
export { type WebSocketCloseInfo, WebSocketError } from './api/websocket-error.js';
export { type WebSocketOpenInfo, WebSocketStream, type WebSocketStreamOptions } from './api/websocket-stream.js';
export { ProtocolError, type ProtocolErrorCode } from './frames/index.js';
export { HandshakeError, type HandshakeErrorCode, HandshakeHeaders, type Response } from './handshake/index.js';
export {
  type CertificateFacts,
  type Finding,
  type Ignore,
  SSL_ERROR_KEYWORDS,
  type SslConfig,
  type SslErrorKeyword,
  TlsError,
  type TlsErrorCode,
  type TlsOptions,
} from './tls/index.js';
