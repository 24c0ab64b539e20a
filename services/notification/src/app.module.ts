import { Module, type DynamicModule } from '@nestjs/common';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import { CommandsController } from './commands/commands.controller.js';
import { QueriesController } from './queries/queries.controller.js';
import { QueryDispatcher } from './queries/query-dispatcher.js';

/** What the service is made of; every part is built in main.ts and only named here. */
export interface NotificationParts {
  readonly commands: CommandDispatcher;
  readonly queries: QueryDispatcher;
}

@Module({})
export class AppModule {
  static with(parts: NotificationParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [CommandsController, QueriesController],
      providers: [
        { provide: CommandDispatcher, useValue: parts.commands },
        { provide: QueryDispatcher, useValue: parts.queries },
      ],
    };
  }
}
