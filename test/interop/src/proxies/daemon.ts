import { Child } from '../child.js';
import { freePorts, listening } from '../ports.js';
import { makeFolder, removeFolder } from '../temp.js';
import { within } from '../within.js';

/** A program from Debian that listens on one port of 127.0.0.1. */
export interface DaemonKind {
  readonly name: string;
  readonly command: string;
  /** Writes its files into the folder and tells its arguments. */
  configure(folder: string, port: number): readonly string[];
}

const START_MS = 10_000;
const ATTEMPTS = 3;

/** Such a program that runs. */
export class Daemon {
  readonly kind: DaemonKind;
  readonly port: number;
  readonly #child: Child;
  readonly #folder: string;

  private constructor(kind: DaemonKind, port: number) {
    this.kind = kind;
    this.port = port;
    this.#folder = makeFolder();
    this.#child = new Child(kind.command, kind.configure(this.#folder, port));
  }

  /** Starts it, anew if another program took its port first. */
  static async start(kind: DaemonKind): Promise<Daemon> {
    for (let attempt = 1; ; attempt++) {
      const [port = 0] = await freePorts(1);
      const daemon = new Daemon(kind, port);
      try {
        await daemon.#started();
        return daemon;
      } catch (error) {
        await daemon.stop();
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #started(): Promise<void> {
    const over = new AbortController();
    try {
      const ready = Promise.race([listening(this.port, over.signal), this.#child.failed()]);
      await within(START_MS, `${this.kind.name} to listen`, ready);
    } finally {
      over.abort();
    }
  }

  async stop(): Promise<void> {
    await this.#child.stop();
    removeFolder(this.#folder);
  }
}
