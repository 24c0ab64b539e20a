import type { LiveEvent } from '@portcullis/contracts';

/** Events that go out together, written down once for every client that gets them. */
export class LiveChunk {
  private text: Buffer | undefined;

  constructor(readonly events: readonly LiveEvent[]) {}

  /** As server-sent events. */
  get sse(): Buffer {
    this.text ??= Buffer.from(
      this.events
        .map(({ name, id, payload }) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(payload)}\n\n`)
        .join(''),
    );
    return this.text;
  }
}

/** Where a client's, or a group of clients', events go. Nothing here may throw or wait. */
export interface LiveSink {
  deliver(chunk: LiveChunk): void;
  /** Calls that were left out. */
  dropped(count: number): void;
}

/** One client as the feed knows it. */
export interface LiveClient extends LiveSink {
  /** All that was missed is sent. */
  resumed(state: { readonly position: string; readonly complete: boolean }): void;
  /** It cannot be served any further, and may come again. */
  cut(): void;
  /** The client came into a channel: the sink it is served by there, which may be one it shares with others. */
  enter(channel: string): LiveSink;
  /** It left; the sink when no one is served by it any more. */
  exit(channel: string): LiveSink | undefined;
}
