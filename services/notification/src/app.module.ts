import { Module, type DynamicModule } from '@nestjs/common';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import { CommandsController } from './commands/commands.controller.js';
import { AlertIntake } from './intake/alert-intake.js';
import { AlertsConsumer } from './intake/alerts.consumer.js';
import { QueriesController } from './queries/queries.controller.js';
import { QueryDispatcher } from './queries/query-dispatcher.js';

/** What the service is made of; every part is built in main.ts and only named here. */
export interface NotificationParts {
  readonly commands: CommandDispatcher;
  readonly queries: QueryDispatcher;
  readonly intake: AlertIntake;
}

@Module({})
export class AppModule {
  static with(parts: NotificationParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [CommandsController, QueriesController, AlertsConsumer],
      providers: [
        { provide: CommandDispatcher, useValue: parts.commands },
        { provide: AlertIntake, useValue: parts.intake },
        { provide: QueryDispatcher, useValue: parts.queries },
      ],
    };
  }
}
