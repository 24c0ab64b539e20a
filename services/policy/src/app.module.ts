import { Module, type DynamicModule } from '@nestjs/common';
import { CallsConsumer } from './agent-sessions/calls.consumer.js';
import { SessionRecords } from './agent-sessions/session-records.js';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import { CommandsController } from './commands/commands.controller.js';
import { QueriesController } from './queries/queries.controller.js';
import { QueryDispatcher } from './queries/query-dispatcher.js';
import type { WriteSide } from './write-side.js';

@Module({})
export class AppModule {
  static with({
    commands,
    queries,
    sessionRecords,
  }: Pick<WriteSide, 'commands' | 'queries' | 'sessionRecords'>): DynamicModule {
    return {
      module: AppModule,
      controllers: [CommandsController, QueriesController, CallsConsumer],
      providers: [
        { provide: CommandDispatcher, useValue: commands },
        { provide: QueryDispatcher, useValue: queries },
        { provide: SessionRecords, useValue: sessionRecords },
      ],
    };
  }
}
