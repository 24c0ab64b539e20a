import type { EventMetadata } from '@portcullis/eventing';
import type { PostgresEventStore, SqlSession } from '@portcullis/postgres';
import type { CommandContext } from './command-context.js';

export interface ServiceWork {
  readonly store: Pick<PostgresEventStore, 'within'>;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** The context of what the policy service does by itself, such as ending an idle session or the first start. */
export function serviceContext(
  { store, now, newId }: ServiceWork,
  session: SqlSession,
  tenantId: string,
): CommandContext {
  const actor = { type: 'service', id: 'policy', name: 'Policy service' } as const;
  const at = now().toISOString();
  const metadata: EventMetadata = {
    tenantId,
    actor,
    occurredAt: at,
    correlationId: newId(),
    causationId: null,
    traceparent: null,
  };
  return { tenantId, actor, now: at, newId, session, streams: store.within(session), metadata };
}
