import type { LiveClientToServer, LiveServerToClient, LiveSubscription } from '@portcullis/contracts';
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type { Caller } from '../authentication/caller.js';
import type { LiveChunk, LiveClient, LiveSink } from './live-chunk.js';
import type { ShownCredential } from '../authentication/credential.js';

/** What is kept of a connection. */
export interface LiveSocketData {
  caller: Caller;
  credential: ShownCredential;
  first: LiveSubscription;
}

export type LiveSocket = Socket<LiveClientToServer, LiveServerToClient, DefaultEventsMap, LiveSocketData>;
export type LiveNamespace = Namespace<
  LiveClientToServer,
  LiveServerToClient,
  DefaultEventsMap,
  LiveSocketData
>;

type Emitter = Pick<LiveSocket, 'emit'>;

/** Sockets of one channel that get the same messages: each message is written down once for all of them. */
export class SocketGroup implements LiveSink {
  members = 0;

  constructor(
    private readonly room: () => Emitter,
    private readonly batch: boolean,
  ) {}

  deliver(chunk: LiveChunk): void {
    emitChunk(this.room(), chunk, this.batch);
  }

  dropped(count: number): void {
    this.room().emit('dropped', { type: 'dropped', count });
  }
}

/** One subscription of one connection. */
export class SocketClient implements LiveClient {
  constructor(
    private readonly socket: LiveSocket,
    private readonly groups: Map<string, SocketGroup>,
    private readonly batch: boolean,
  ) {}

  deliver(chunk: LiveChunk): void {
    emitChunk(this.socket, chunk, this.batch);
  }

  dropped(count: number): void {
    this.socket.emit('dropped', { type: 'dropped', count });
  }

  resumed(state: { position: string; complete: boolean }): void {
    this.socket.emit('resumed', state);
  }

  cut(): void {
    closeTransport(this.socket);
  }

  enter(channel: string): LiveSink {
    const room = this.roomOf(channel);
    const { nsp } = this.socket;
    const group =
      this.groups.get(room) ?? new SocketGroup(() => nsp.to(room) as unknown as Emitter, this.batch);
    this.groups.set(room, group);
    group.members += 1;
    void this.socket.join(room);
    return group;
  }

  exit(channel: string): LiveSink | undefined {
    const room = this.roomOf(channel);
    void this.socket.leave(room);
    const group = this.groups.get(room);
    if (group === undefined) return undefined;
    group.members -= 1;
    if (group.members > 0) return undefined;
    this.groups.delete(room);
    return group;
  }

  private roomOf(channel: string): string {
    return `${this.batch ? 'list' : 'single'} ${channel}`;
  }
}

/** The parts of a socket's transport that socket.io has no word for. */
interface Transport {
  readonly transport: { readonly socket?: { readonly bufferedAmount?: number; terminate?(): void } };
  readonly writeBuffer: readonly unknown[];
}

/** A client that reads slower than this much behind is cut off; it resumes where it was. */
const UNREAD_LIMIT = 1024 * 1024;
const UNREAD_PACKETS = 2_000;

export function isSlow({ conn }: LiveSocket): boolean {
  const { transport, writeBuffer } = conn as unknown as Transport;
  return (transport.socket?.bufferedAmount ?? 0) > UNREAD_LIMIT || writeBuffer.length > UNREAD_PACKETS;
}

/**
 * Ends the connection as a broken network would: a client then comes back by itself, which `disconnect` tells it not to.
 * An orderly end would wait for what is unread.
 */
export function closeTransport({ conn }: LiveSocket): void {
  const { socket } = (conn as unknown as Transport).transport;
  if (socket?.terminate === undefined) conn.close(true);
  else socket.terminate();
}

function emitChunk(to: Emitter, { events }: LiveChunk, batch: boolean): void {
  if (batch) {
    to.emit('events', events);
    return;
  }
  for (const event of events) {
    switch (event.name) {
      case 'tool_call':
        to.emit('tool_call', event.payload, event.id);
        break;
      case 'anomaly':
        to.emit('anomaly', event.payload, event.id);
        break;
      case 'session_update':
        to.emit('session_update', event.payload, event.id);
        break;
      case 'hold':
        to.emit('hold', event.payload, event.id);
        break;
      case 'alert':
        to.emit('alert', event.payload, event.id);
        break;
    }
  }
}
