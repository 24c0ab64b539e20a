import type { CommandEnvelope, CommandResult, CommandType } from '@portcullis/contracts';
import { Rejection, VersionConflict } from '@portcullis/eventing';
import type { Database, PostgresEventStore } from '@portcullis/postgres';
import type { CommandContext } from './command-context.js';
import { notFound, readOwn } from './command-context.js';
import type { CommandHandler, CommandHandlers, Handled } from './command-handler.js';
import type { Idempotency, IdempotentRequest } from './idempotency.js';
import type { Propagation } from './propagation.js';
import { organizationStream } from '../organizations/organization.js';

export interface CommandDispatcherOptions {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: Pick<PostgresEventStore, 'within'>;
  readonly handlers: CommandHandlers;
  readonly idempotency: Idempotency;
  readonly propagation: Pick<Propagation, 'wait' | 'obeyed'>;
  readonly now: () => Date;
  readonly newId: () => string;
}

const ATTEMPTS = 5;
/** Commands that order gateways to stop something: whoever gives them wants to know that it has stopped. */
const ORDERS: ReadonlySet<CommandType> = new Set(['EngageKillSwitch', 'SuspendSession', 'RevokeApiKey']);

/** From a command to its answer: one transaction, again when somebody else wrote the same stream first. */
export class CommandDispatcher {
  constructor(private readonly options: CommandDispatcherOptions) {}

  async dispatch(envelope: CommandEnvelope): Promise<CommandResult> {
    const { propagation } = this.options;
    const since = performance.now();
    const handled = await this.settle(envelope);
    const { position } = handled;
    const propagated = await propagation.wait(position);
    const obeyed = ORDERS.has(envelope.command.type)
      ? { obeyed: await propagation.obeyed(position, since) }
      : {};
    const data = handled.refresh && propagated ? await handled.refresh() : handled.data;
    return { data, position, propagated, ...obeyed };
  }

  private async settle(envelope: CommandEnvelope): Promise<Handled> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(envelope);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        if (attempt >= ATTEMPTS) throw contended(error);
      }
    }
  }

  private attempt(envelope: CommandEnvelope): Promise<Handled> {
    const { database, store, idempotency } = this.options;
    const { tenantId, actor, command, idempotencyKey } = envelope;
    return database.transaction(async (session) => {
      const request: IdempotentRequest | null = idempotencyKey
        ? { tenantId, actor, command, key: idempotencyKey }
        : null;
      const first = request && (await idempotency.find(session, request));
      if (first) return first;
      const context = this.contextOf(envelope, session, store.within(session));
      if (
        command.type !== 'CreateOrganization' &&
        (await readOwn(context, organizationStream(tenantId))).version === 0
      )
        throw notFound('organization', 'organization');
      const handled = await this.handle(envelope, context);
      if (request)
        await idempotency.remember(session, request, { data: handled.data, position: handled.position });
      return handled;
    });
  }

  private handle({ command }: CommandEnvelope, context: CommandContext): Promise<Handled> {
    const handler = this.options.handlers[command.type] as CommandHandler<CommandType>;
    return handler(command, context);
  }

  private contextOf(
    { tenantId, actor, correlationId }: CommandEnvelope,
    session: CommandContext['session'],
    streams: CommandContext['streams'],
  ): CommandContext {
    const { newId } = this.options;
    const now = this.options.now().toISOString();
    const metadata = {
      tenantId,
      actor,
      occurredAt: now,
      correlationId: correlationId ?? newId(),
      causationId: null,
      traceparent: null,
    };
    return { tenantId, actor, now, newId, session, streams, metadata };
  }
}

/** `policy-<id>` lost to others five times in a row: `policy.version_conflict`. */
function contended(error: VersionConflict): Rejection {
  const entity = [
    'organization',
    'members',
    'api-key',
    'connection',
    'policy',
    'kill-switch',
    'agent-session',
  ].find((name) => error.stream.startsWith(`${name}-`));
  const area = (entity ?? 'command').replaceAll('-', '_');
  return new Rejection(
    `${area}.version_conflict`,
    'conflict',
    'Others are changing the same thing. Try again.',
  );
}
