import type { AlertView } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { CommandContext, CommandHandlersFor, Handled } from '../commands/command-handler.js';
import { notFound } from '../commands/not-found.js';
import type { AlertBook } from './alert-book.js';
import type { AlertCommand } from './alert.decider.js';
import type { Alert } from './alert.js';

export interface AlertCommandsDependencies {
  readonly book: Pick<AlertBook, 'change'>;
  readonly viewOf: (session: SqlSession, alert: Alert, now: number) => Promise<AlertView>;
}

type Types = 'AcknowledgeAlert' | 'ResolveAlert' | 'ReopenAlert' | 'MuteAlert' | 'UnmuteAlert';

/** What people do with alerts. */
export function alertCommands({ book, viewOf }: AlertCommandsDependencies): CommandHandlersFor<Types> {
  const person = ({ actor, now }: CommandContext, note: string | null | undefined) => ({
    at: now.getTime(),
    by: actor.name ?? actor.id,
    note: note || null,
  });

  return {
    AcknowledgeAlert: ({ alertId, note }, context) =>
      change(context, alertId, { type: 'Acknowledge', ...person(context, note) }),
    ResolveAlert: ({ alertId, note }, context) =>
      change(context, alertId, { type: 'Resolve', how: 'person', ...person(context, note) }),
    ReopenAlert: ({ alertId, note }, context) =>
      change(context, alertId, { type: 'Reopen', ...person(context, note) }),
    MuteAlert: ({ alertId, note, until }, context) =>
      change(context, alertId, { type: 'Mute', until: Date.parse(until), ...person(context, note) }),
    UnmuteAlert: ({ alertId, note }, context) =>
      change(context, alertId, { type: 'Unmute', ...person(context, note) }),
  };

  async function change(context: CommandContext, id: string, command: AlertCommand): Promise<Handled> {
    const { session, tenantId, actor, correlationId, now } = context;
    const alert = await book.change(session, { tenantId, id }, command, { actor, correlationId });
    if (!alert) throw notFound('alert', 'alert');
    return { data: await viewOf(session, alert, now.getTime()) };
  }
}
