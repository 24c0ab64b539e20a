import type { ControlReach } from '@portcullis/contracts';
import { sseEvent } from '@portcullis/mcp';
import type { ClientStream } from './client-stream.js';
import type { ProtocolSession } from './protocol-sessions.js';
import { isReached } from './reachable.js';

/** A client's GET stream and the upstream's behind it. */
export class OpenStream {
  readonly abort = new AbortController();

  constructor(
    readonly session: ProtocolSession,
    readonly stream: ClientStream,
  ) {}

  close(): void {
    this.stream.end();
    this.abort.abort();
  }
}

const LIST_CHANGED = [
  ['tools', 'notifications/tools/list_changed'],
  ['resources', 'notifications/resources/list_changed'],
  ['prompts', 'notifications/prompts/list_changed'],
] as const;

/** Every GET stream: what control orders close, and where lists are said to have changed. */
export class OpenStreams {
  private readonly streams = new Set<OpenStream>();

  get size(): number {
    return this.streams.size;
  }

  add(open: OpenStream): void {
    this.streams.add(open);
    open.session.users += 1;
    open.session.openStreams += 1;
  }

  delete(open: OpenStream): void {
    if (!this.streams.delete(open)) return;
    open.session.users -= 1;
    open.session.openStreams -= 1;
    open.session.lastUsed = performance.now();
  }

  /** Without a reach: all of them. */
  close(reach?: ControlReach): void {
    for (const open of this.streams)
      if (reach === undefined || isReached(reach, open.session.owner)) open.close();
  }

  closeSession(session: ProtocolSession): void {
    for (const open of this.streams) if (open.session === session) open.close();
  }

  /** Policy changed what lists show. One stream of a session is told, as the spec wants it, of what its upstream announces. */
  tellListsChanged(reach: ControlReach): void {
    const told = new Set<ProtocolSession>();
    for (const { session, stream } of this.streams) {
      if (told.has(session) || !isReached(reach, session.owner)) continue;
      told.add(session);
      for (const [capability, method] of LIST_CHANGED) {
        const announced = session.seed.serverCapabilities[capability] as
          { listChanged?: unknown } | undefined;
        if (announced?.listChanged === true)
          void stream.send(sseEvent(Buffer.from(`{"jsonrpc":"2.0","method":"${method}"}`)));
      }
    }
  }
}
