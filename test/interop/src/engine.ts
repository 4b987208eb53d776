import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { within } from './within.js';

/** A foreign implementation of a WebSocket server. */
export interface Engine {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const WS: Engine = { name: 'ws', command: process.execPath, args: [file('servers/ws.js')] };

/** Debian's Python, not one that somebody has put before it in the PATH. */
export const PYTHON_WEBSOCKETS: Engine = {
  name: 'python3-websockets',
  command: '/usr/bin/python3',
  args: [file('../servers/python-websockets.py')],
};

export const MOJOLICIOUS: Engine = {
  name: 'Mojolicious',
  command: '/usr/bin/perl',
  args: [file('../servers/mojolicious.pl')],
};

/** The servers of libraries that take a WebSocket class. */
export const LIBRARY_SERVERS: Engine = {
  name: 'libraries',
  command: process.execPath,
  args: [file('servers/libraries.js')],
};

/** How the server saw a connection end. */
export interface ServerClose {
  readonly code: number;
  readonly reason: string;
}

/** What a server writes to stdout, one line of JSON each. */
type Line =
  | { readonly event: 'listening'; readonly port: number; readonly version: string }
  | ({ readonly event: 'closed'; readonly id: string } & ServerClose);

interface Pending<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

const START_MS = 20_000;
const EVENT_MS = 20_000;

/** An engine that runs, on a port of its own. */
export class Server {
  readonly port: number;
  /** What runs, and its version. */
  readonly name: string;
  readonly #child: Child;
  readonly #closes: Closes;

  private constructor(child: Child, closes: Closes, port: number, name: string) {
    this.#child = child;
    this.#closes = closes;
    this.port = port;
    this.name = name;
  }

  static async start({ name, command, args }: Engine): Promise<Server> {
    const closes = new Closes();
    const listening = pending<{ port: number; version: string }>();
    const child = new Child(command, args, (text) => {
      const line = JSON.parse(text) as Line;
      if (line.event === 'listening') listening.resolve(line);
      else closes.of(line.id).resolve(line);
    });
    const started = Promise.race([listening.promise, child.failed()]);
    const { port, version } = await within(START_MS, `${name} to listen`, started);
    return new Server(child, closes, port, `${name} ${version}`);
  }

  /** How the server saw the connection end whose url had this id. */
  async closed(id: string): Promise<ServerClose> {
    const ended = Promise.race([this.#closes.of(id).promise, this.#child.failed()]);
    return within(EVENT_MS, 'the server to see the connection end', ended);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

class Closes {
  readonly #byId = new Map<string, Pending<ServerClose>>();

  /** The end may be asked for before and after it has come. */
  of(id: string): Pending<ServerClose> {
    const known = this.#byId.get(id) ?? pending<ServerClose>();
    this.#byId.set(id, known);
    return known;
  }
}

function pending<T>(): Pending<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
