import { Controller, Inject, Req, Res } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute } from '../http/route.decorators.js';
import { streamEvents } from './events.routes.js';
import { parsePosition } from './feed-position.js';
import { FeedBusy, LiveFeed, type FeedItem } from './live-feed.js';

const HEARTBEAT_MS = 15_000;
/** A client that reads slower than this much behind is cut off; it resumes where it was. */
const UNREAD_LIMIT = 1024 * 1024;
const MAX_CLIENTS = 5_000;

@Controller()
export class EventsController {
  constructor(@Inject(LiveFeed) private readonly feed: LiveFeed) {}

  @ApiRoute(streamEvents)
  async stream(@CurrentCaller() caller: Caller, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const lastEventId = request.headers['last-event-id'];
    const after = typeof lastEventId === 'string' && lastEventId !== '' ? parsePosition(lastEventId) : undefined;
    if (after === null) throw new ProblemError({ code: 'events.bad_position', status: 400, title: 'The Last-Event-ID is not one of ours.' });
    if (this.feed.clients >= MAX_CLIENTS) throw busy();

    const raw = reply.raw;
    const pending: FeedItem[] = [];
    let open = false;
    const send = (item: FeedItem) => {
      if (!open) return void pending.push(item);
      raw.write(`event: ${item.name}\nid: ${item.id}\ndata: ${JSON.stringify(item.payload)}\n\n`);
      if (raw.writableLength > UNREAD_LIMIT) raw.destroy();
    };
    const leave = after === undefined ? this.feed.subscribe(caller.principal.tenantId, send) : await this.resume(caller, after, send);
    if (raw.destroyed) return leave();

    reply.hijack();
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.write(': connected\n\n');
    open = true;
    pending.forEach(send);
    const heartbeat = setInterval(() => raw.write(': heartbeat\n\n'), HEARTBEAT_MS);
    raw.once('close', () => {
      clearInterval(heartbeat);
      leave();
    });
  }

  private async resume(caller: Caller, after: ReadonlyMap<string, bigint>, send: (item: FeedItem) => void) {
    try {
      return await this.feed.resume(caller.principal.tenantId, after, send);
    } catch (error) {
      throw error instanceof FeedBusy ? busy() : error;
    }
  }
}

function busy(): ProblemError {
  return new ProblemError({ code: 'events.busy', status: 503, title: 'Too many live clients. Try again in a moment.' });
}
