import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Who is told what happens to a socket. */
export interface SocketOwner {
  /** Told if the socket was connecting when it was attached. */
  socketConnected(): void;
  socketFailed(error: Error): void;
  socketEnded(): void;
  socketClosed(): void;
}

const OWNER: unique symbol = Symbol('owner');

/** What the listeners below are called on. */
interface Attached {
  [OWNER]?: SocketOwner;
}

function onConnect(this: Attached): void {
  this[OWNER]?.socketConnected();
}

function onError(this: Attached, error: Error): void {
  this[OWNER]?.socketFailed(error);
}

function onEnd(this: Attached): void {
  this[OWNER]?.socketEnded();
}

function onClose(this: Attached): void {
  this[OWNER]?.socketClosed();
}

/**
 * Listens to a socket. A socket of Node's calls its listeners on itself, so all sockets share them, and an idle connection keeps none of
 * its own; on what another library's stream calls them nobody knows.
 */
export function listenTo(socket: Duplex & Attached, owner: SocketOwner): void {
  const isNodes = socket instanceof Socket;
  const attached: Attached = isNodes ? (socket as Attached) : {};
  attached[OWNER] = owner;
  const isConnecting = 'connecting' in socket && socket.connecting;
  if (isConnecting) socket.on('connect', isNodes ? onConnect : onConnect.bind(attached));
  socket.on('error', isNodes ? onError : onError.bind(attached));
  socket.on('end', isNodes ? onEnd : onEnd.bind(attached));
  socket.on('close', isNodes ? onClose : onClose.bind(attached));
}
