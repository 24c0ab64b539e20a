import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { commandEnvelopeSchema, COMMANDS_PATH, type CommandResult } from '@portcullis/contracts';
import { withProblems } from './answer-errors.js';
import { CommandDispatcher } from './command-dispatcher.js';

@Controller()
export class CommandsController {
  constructor(@Inject(CommandDispatcher) private readonly dispatcher: CommandDispatcher) {}

  @Post(COMMANDS_PATH)
  @HttpCode(200)
  async run(@Body() body: unknown): Promise<CommandResult> {
    const envelope = commandEnvelopeSchema.parse(body);
    return withProblems(() => this.dispatcher.dispatch(envelope));
  }
}
