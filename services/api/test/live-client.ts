import type { LiveEvent } from '@portcullis/contracts';
import type { LiveChunk, LiveClient, LiveSink } from '../src/events/live-chunk.js';

/** A client that keeps what it gets. */
export class RecordingClient implements LiveClient {
  readonly events: LiveEvent[] = [];
  droppedCount = 0;
  resumption: { position: string; complete: boolean } | undefined;
  isCut = false;

  get ids(): string[] {
    return this.events.map(({ payload }) => ('id' in payload ? payload.id : payload.type));
  }

  deliver({ events }: LiveChunk): void {
    this.events.push(...events);
  }

  dropped(count: number): void {
    this.droppedCount += count;
  }

  resumed(state: { position: string; complete: boolean }): void {
    this.resumption = state;
  }

  cut(): void {
    this.isCut = true;
  }

  enter(): LiveSink {
    return this;
  }

  exit(): LiveSink {
    return this;
  }
}
