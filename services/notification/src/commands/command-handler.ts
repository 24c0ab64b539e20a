import type { Actor, NotificationCommand, NotificationCommandType } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';

/** One command, in one transaction. After a deadlock it runs again from the start. */
export interface CommandContext {
  readonly tenantId: string;
  readonly actor: Actor;
  readonly now: Date;
  readonly newId: () => string;
  readonly correlationId: string;
  readonly session: SqlSession;
}

export interface Handled {
  /** The view of what was changed. */
  readonly data: unknown;
  /**
   * What of the view an `Idempotency-Key` brings back; all of it when left out. For answers that show a secret once: it
   * is not kept.
   */
  readonly remembered?: unknown;
  /** Runs once the transaction is committed; it must not throw. */
  readonly after?: () => void;
}

export type CommandOf<T extends NotificationCommandType> = Extract<NotificationCommand, { type: T }>;
export type CommandHandler<T extends NotificationCommandType> = (
  command: CommandOf<T>,
  context: CommandContext,
) => Promise<Handled>;

/** The handlers of some command types: what a feature brings. */
export type CommandHandlersFor<T extends NotificationCommandType> = {
  readonly [Type in T]: CommandHandler<Type>;
};

/** One handler for each command type of the contract; the compiler holds the list complete. */
export type CommandHandlers = CommandHandlersFor<NotificationCommandType>;
