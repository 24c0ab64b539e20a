import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { streamEvents } from './events.routes.js';
import { parsePosition } from './feed-position.js';
import { LiveCallers } from './live-callers.js';
import { LiveFeed } from './live-feed.js';
import { liveFilter } from './live-filter.js';
import { badPosition, liveProblem } from './live-problems.js';
import { SseClient } from './sse-client.js';

const HEARTBEAT_MS = 15_000;

@Controller()
export class EventsController {
  constructor(
    @Inject(LiveFeed) private readonly feed: LiveFeed,
    @Inject(LiveCallers) private readonly callers: LiveCallers,
  ) {}

  @ApiRoute(streamEvents)
  async stream(
    @CurrentCaller() caller: Caller,
    @Input() { query }: RouteInput<typeof streamEvents>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const given = request.headers['last-event-id'];
    const last = typeof given === 'string' && given !== '' ? given : query.after;
    const after = last === undefined ? undefined : parsePosition(last);
    if (after === null) throw badPosition();
    const filter = liveFilter(caller, query.q);

    const raw = reply.raw;
    const client = new SseClient(raw);
    const subscription = await this.feed.subscribe(filter, client, after).catch((error: unknown) => {
      throw liveProblem(error);
    });
    if (raw.destroyed) return subscription.leave();

    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    raw.write(`id: ${subscription.position}\n: connected\n\n`);
    client.open();
    const heartbeat = setInterval(() => client.heartbeat(subscription.place()), HEARTBEAT_MS);
    const unwatch = this.callers.watch(this.callers.credentialOf(request.headers), caller, () =>
      client.cut(),
    );
    raw.once('close', () => {
      clearInterval(heartbeat);
      unwatch();
      subscription.leave();
    });
  }
}
