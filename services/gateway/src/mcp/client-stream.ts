import type { ServerResponse } from 'node:http';
import { SSE_KEEP_ALIVE } from '@portcullis/mcp';
import type { Deadlines, Timed } from './deadlines.js';
import type { Exchange } from './exchange.js';

const KEEP_ALIVE_MS = 15_000;

/**
 * An event stream to a client. It is opened by the first thing written to it; until then the answer can still be
 * anything else. A client that reads too slowly holds back whoever writes; one that has gone away does not.
 */
export class ClientStream implements Timed {
  deadline = Infinity;
  begun = false;
  bytes = 0;
  private readonly response: ServerResponse;
  private lastWrite = 0;
  private waiting: (() => void) | undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly deadlines: Deadlines,
  ) {
    this.response = exchange.response;
  }

  get gone(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  begin(): void {
    if (this.begun || this.gone) return;
    this.begun = true;
    this.exchange.beginEvents();
    this.lastWrite = performance.now();
    this.deadline = this.lastWrite + KEEP_ALIVE_MS;
    this.deadlines.add(this);
    this.response.on('drain', () => this.resume());
    this.response.on('close', () => {
      this.deadlines.delete(this);
      this.resume();
    });
  }

  /** Resolves when more may be written, at once for a client that has gone. */
  send(bytes: Buffer): void | Promise<void> {
    this.begin();
    if (this.gone) return;
    this.bytes += bytes.length;
    this.lastWrite = performance.now();
    if (this.response.write(bytes)) return;
    return new Promise((resolve) => {
      this.waiting = resolve;
      if (this.gone) this.resume();
    });
  }

  /** Sends a last event, when the client still takes any, and closes. */
  end(last?: Buffer): void {
    if (this.gone) return;
    this.begin();
    if (this.response.writableNeedDrain) this.response.destroy();
    else {
      if (last !== undefined) this.bytes += last.length;
      this.response.end(last);
    }
    this.deadlines.delete(this);
    this.resume();
  }

  /** Whoever waits for the client to read on waits no longer. */
  resume(): void {
    const resolve = this.waiting;
    this.waiting = undefined;
    resolve?.();
  }

  onDeadline(now: number): void {
    this.deadline = this.lastWrite + KEEP_ALIVE_MS;
    if (this.deadline > now) return;
    this.deadline = now + KEEP_ALIVE_MS;
    // Nothing taken for a whole interval: the client is stuck, and holds an upstream back with it.
    if (this.response.writableNeedDrain) this.response.destroy();
    else this.response.write(SSE_KEEP_ALIVE);
    this.lastWrite = now;
  }
}
