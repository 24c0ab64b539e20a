import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import {
  NOTIFICATION_QUERIES_PATH,
  notificationQueryEnvelopeSchema,
  type NotificationQueryResult,
} from '@portcullis/contracts';
import { withProblems } from '../commands/answer-errors.js';
import { QueryDispatcher } from './query-dispatcher.js';

@Controller()
export class QueriesController {
  constructor(@Inject(QueryDispatcher) private readonly dispatcher: QueryDispatcher) {}

  @Post(NOTIFICATION_QUERIES_PATH)
  @HttpCode(200)
  async ask(@Body() body: unknown): Promise<NotificationQueryResult> {
    const envelope = notificationQueryEnvelopeSchema.parse(body);
    return withProblems(() => this.dispatcher.dispatch(envelope));
  }
}
