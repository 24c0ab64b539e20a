import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { QUERIES_PATH, queryEnvelopeSchema, type QueryResult } from '@portcullis/contracts';
import { withProblems } from '../commands/answer-errors.js';
import { QueryDispatcher } from './query-dispatcher.js';

@Controller()
export class QueriesController {
  constructor(@Inject(QueryDispatcher) private readonly dispatcher: QueryDispatcher) {}

  @Post(QUERIES_PATH)
  @HttpCode(200)
  async ask(@Body() body: unknown): Promise<QueryResult> {
    const envelope = queryEnvelopeSchema.parse(body);
    return withProblems(() => this.dispatcher.dispatch(envelope));
  }
}
