import { Inject, type OnModuleDestroy } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayInit } from '@nestjs/websockets';
import { LIVE_NAMESPACE, liveHandshakeSchema, type LiveRefusal } from '@portcullis/contracts';
import type { Logger } from 'pino';
import { parsePosition } from './feed-position.js';
import { LiveCallers } from './live-callers.js';
import { LiveConnection } from './live-connection.js';
import { LiveFeed } from './live-feed.js';
import { liveFilter } from './live-filter.js';
import { badPosition, liveRefusal } from './live-problems.js';
import {
  closeTransport,
  isSlow,
  type LiveNamespace,
  type LiveSocket,
  type SocketGroup,
} from './live-socket.js';

/** Where the gateway writes what went wrong. */
export const LIVE_LOGGER = Symbol('LIVE_LOGGER');

const TELL_POSITION_MS = 15_000;
const LOOK_AT_SLOW_MS = 1_000;

/** The live feed over socket.io: docs/live.md. */
@WebSocketGateway({ namespace: LIVE_NAMESPACE })
export class LiveGateway
  implements OnGatewayInit<LiveNamespace>, OnGatewayConnection<LiveSocket>, OnModuleDestroy
{
  private readonly groups = new Map<string, SocketGroup>();
  private readonly connections = new Map<LiveSocket, LiveConnection>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    @Inject(LiveFeed) private readonly feed: LiveFeed,
    @Inject(LiveCallers) private readonly callers: LiveCallers,
    @Inject(LIVE_LOGGER) private readonly logger: Logger,
  ) {}

  afterInit(namespace: LiveNamespace): void {
    namespace.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => next(this.refusal(error)),
      );
    });
    this.every(TELL_POSITION_MS, () => this.connections.forEach((connection) => connection.tellPosition()));
    this.every(LOOK_AT_SLOW_MS, () => [...this.connections.keys()].filter(isSlow).forEach(closeTransport));
  }

  handleConnection(socket: LiveSocket): void {
    const connection = new LiveConnection(socket, this.feed, this.groups, (error) => this.failed(error));
    this.connections.set(socket, connection);
    const unwatch = this.callers.watch(socket.data.credential, socket.data.caller, () =>
      socket.disconnect(true),
    );
    socket.once('disconnect', () => {
      unwatch();
      this.connections.delete(socket);
      connection.leave();
    });
    connection.start();
  }

  onModuleDestroy(): void {
    this.timers.forEach(clearInterval);
  }

  /** Who it is, and whether what the handshake asks for can be had: all before the connection is accepted. */
  private async admit(socket: LiveSocket): Promise<void> {
    const { token, ...first } = liveHandshakeSchema.parse(socket.handshake.auth);
    const credential = this.callers.credentialOf(socket.handshake.headers, token);
    const caller = await this.callers.identify(credential);
    liveFilter(caller, first.q ?? '');
    const after = first.after === undefined ? undefined : parsePosition(first.after);
    if (after === null) throw badPosition();
    await this.feed.check(after);
    socket.data = { caller, credential, first };
  }

  private refusal(error: unknown): Error & { data: LiveRefusal } {
    const refusal = liveRefusal(error);
    if (refusal === null) this.failed(error);
    const data = refusal ?? { code: 'internal.error', title: 'Internal error' };
    return Object.assign(new Error(data.code), { data });
  }

  private failed(error: unknown): void {
    this.logger.error({ err: error }, 'a live subscription failed');
  }

  private every(ms: number, work: () => void): void {
    this.timers.push(setInterval(work, ms).unref());
  }
}
