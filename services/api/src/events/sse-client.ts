import type { ServerResponse } from 'node:http';
import type { LiveChunk, LiveClient, LiveSink } from './live-chunk.js';

/** A client that reads slower than this much behind is cut off; it resumes where it was. */
const UNREAD_LIMIT = 1024 * 1024;

/** A client of `GET /api/v1/events`. What comes before the answer has begun waits for it. */
export class SseClient implements LiveClient {
  private waiting: (Buffer | string)[] | undefined = [];

  constructor(private readonly response: ServerResponse) {}

  /** The answer has begun. */
  open(): void {
    const { waiting = [] } = this;
    this.waiting = undefined;
    for (const text of waiting) this.write(text);
  }

  /** Keeps the connection open, and tells a client that nothing was sent to where it is. */
  heartbeat(place: string | null): void {
    this.write(`${place === null ? '' : `id: ${place}\n`}: heartbeat\n\n`);
  }

  deliver(chunk: LiveChunk): void {
    this.write(chunk.sse);
  }

  dropped(count: number): void {
    this.write(`event: dropped\ndata: {"type":"dropped","count":${count}}\n\n`);
  }

  resumed(state: { position: string; complete: boolean }): void {
    this.write(`id: ${state.position}\nevent: resumed\ndata: ${JSON.stringify(state)}\n\n`);
  }

  cut(): void {
    this.response.destroy();
  }

  enter(): LiveSink {
    return this;
  }

  exit(): LiveSink {
    return this;
  }

  private write(text: Buffer | string): void {
    if (this.waiting !== undefined) return void this.waiting.push(text);
    if (this.response.destroyed) return;
    this.response.write(text);
    if (this.response.writableLength > UNREAD_LIMIT) this.cut();
  }
}
