import type {
  NotificationCommandEnvelope,
  NotificationCommandResult,
  NotificationCommandType,
} from '@portcullis/contracts';
import type { Database, SqlSession } from '@portcullis/postgres';
import type { CommandHandler, CommandHandlers, Handled } from './command-handler.js';
import { idempotency } from './idempotency.js';

export interface CommandDispatcherOptions {
  readonly database: Pick<Database, 'transaction'>;
  /** Put together from what each feature brings. */
  readonly handlers: CommandHandlers;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** From a command to its answer, in one transaction. */
export class CommandDispatcher {
  constructor(private readonly options: CommandDispatcherOptions) {}

  async dispatch(envelope: NotificationCommandEnvelope): Promise<NotificationCommandResult> {
    const handled = await this.options.database.transaction((session) => this.attempt(envelope, session));
    handled.after?.();
    return { data: handled.data };
  }

  private async attempt(envelope: NotificationCommandEnvelope, session: SqlSession): Promise<Handled> {
    const { tenantId, actor, command, idempotencyKey, correlationId } = envelope;
    const { newId, now, handlers } = this.options;
    const request = idempotencyKey ? { tenantId, actor, command, key: idempotencyKey } : null;
    const first = request && (await idempotency.find(session, request));
    if (first) return first;
    const handler = handlers[command.type] as CommandHandler<NotificationCommandType>;
    const context = { tenantId, actor, now: now(), newId, session, correlationId: correlationId ?? newId() };
    const handled = await handler(command, context);
    if (request) {
      await idempotency.remember(
        session,
        request,
        'remembered' in handled ? handled.remembered : handled.data,
      );
    }
    return handled;
  }
}
