import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import t from 'tap';
import { listenTo, type SocketOwner } from '../../src/api/socket-listeners.js';

class Owner implements SocketOwner {
  readonly told: string[] = [];
  socketConnected(): void {
    this.told.push('connected');
  }
  socketFailed(error: Error): void {
    this.told.push(error.message);
  }
  socketEnded(): void {
    this.told.push('ended');
  }
  socketClosed(): void {
    this.told.push('closed');
  }
}

const EVENTS = ['connect', 'error', 'end', 'close'] as const;

function emitAll(socket: EventEmitter): void {
  for (const event of EVENTS) socket.emit(event, new Error('failed'));
}

t.test("sockets of Node's share their listeners, and tell their own owners", async (t) => {
  const [one, other] = [new Socket(), new Socket()];
  const [owner, otherOwner] = [new Owner(), new Owner()];
  for (const socket of [one, other]) Object.defineProperty(socket, 'connecting', { value: true });
  listenTo(one, owner);
  listenTo(other, otherOwner);
  for (const event of EVENTS) t.equal(one.listeners(event).at(-1), other.listeners(event).at(-1), event);
  emitAll(one);
  t.same(owner.told, ['connected', 'failed', 'ended', 'closed']);
  t.same(otherOwner.told, []);
});

t.test('a socket that has connected does not tell it again', async (t) => {
  const owner = new Owner();
  const socket = new Socket();
  listenTo(socket, owner);
  socket.emit('connect');
  t.same(owner.told, []);
});

t.test("another library's stream may call its listeners on anything", async (t) => {
  class Strange extends Duplex {
    readonly connecting = true;
    override emit(event: string, ...args: unknown[]): boolean {
      for (const listener of this.listeners(event)) Reflect.apply(listener, undefined, args);
      return true;
    }
  }
  const owner = new Owner();
  const stream = new Strange();
  listenTo(stream, owner);
  emitAll(stream);
  t.same(owner.told, ['connected', 'failed', 'ended', 'closed']);
  t.same(
    Object.getOwnPropertySymbols(stream).filter(({ description }) => description === 'owner'),
    [],
  );
});
