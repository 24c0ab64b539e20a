import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import {
  NOTIFICATION_COMMANDS_PATH,
  notificationCommandEnvelopeSchema,
  type NotificationCommandResult,
} from '@portcullis/contracts';
import { withProblems } from './answer-errors.js';
import { CommandDispatcher } from './command-dispatcher.js';

@Controller()
export class CommandsController {
  constructor(@Inject(CommandDispatcher) private readonly dispatcher: CommandDispatcher) {}

  @Post(NOTIFICATION_COMMANDS_PATH)
  @HttpCode(200)
  async run(@Body() body: unknown): Promise<NotificationCommandResult> {
    const envelope = notificationCommandEnvelopeSchema.parse(body);
    return withProblems(() => this.dispatcher.dispatch(envelope));
  }
}
