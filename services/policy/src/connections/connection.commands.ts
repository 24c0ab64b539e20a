import type { ConnectionView } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import { OrganizationDirectory } from '../directory/organization-directory.js';
import { connectionView } from '../directory/views.js';
import { changeStream, type Changed, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers } from '../commands/command-handler.js';
import { release, reserve } from '../commands/reservations.js';
import type { PostgresSecretStore } from '../secrets/postgres-secret-store.js';
import { connectionDecider } from './connection.decider.js';
import { connectionStream, type ConnectionEvent, type ConnectionState } from './connection.js';

export interface ConnectionCommandsDependencies {
  readonly secrets: PostgresSecretStore;
  /** Whether a URL may be an upstream, as far as that can be told without asking DNS. */
  readonly isAllowedUpstream: (url: URL) => boolean;
}

export function connectionCommands({
  secrets,
  isAllowedUpstream,
}: ConnectionCommandsDependencies): Pick<
  CommandHandlers,
  'CreateConnection' | 'ChangeConnection' | 'DeleteConnection'
> {
  return {
    async CreateConnection({ credential, ...command }, context) {
      refuseForbidden(command.upstreamUrl);
      checkCredential(credential);
      const connectionId = context.newId();
      const secretId = credential ? context.newId() : null;
      const { slug, name, upstreamUrl, authType, authHeaderName, identity, errorProfile } = command;
      const changed = await changeStream(context, {
        stream: connectionStream(connectionId),
        decider: connectionDecider,
        command: {
          type: 'CreateConnection',
          connectionId,
          settings: {
            slug,
            name,
            upstreamUrl,
            authType,
            authHeaderName: authHeaderName ?? null,
            identity: identity ?? { mode: 'none' },
            errorProfile: errorProfile ?? 'auto',
          },
          secretId,
        },
        alongside: async (events) => {
          await takeSlug(context, slug, connectionId);
          await storeSecrets(context, events, null, secretId, credential);
        },
      });
      return { data: viewOf(changed, connectionId), position: changed.position };
    },

    async ChangeConnection({ type, connectionId, credential, enabled, ...fields }, context) {
      if (fields.upstreamUrl !== undefined) refuseForbidden(fields.upstreamUrl);
      checkCredential(credential);
      // Null removes the credential, leaving it out keeps it.
      const secretId = credential === undefined ? undefined : credential === null ? null : context.newId();
      const changed = await changeStream(context, {
        stream: connectionStream(connectionId),
        decider: connectionDecider,
        command: {
          type,
          connectionId,
          settings: given(fields),
          ...(secretId === undefined ? {} : { secretId }),
          ...(enabled === undefined ? {} : { enabled }),
        },
        alongside: (events, before) => storeSecrets(context, events, before, secretId ?? null, credential),
      });
      return { data: viewOf(changed, connectionId), position: changed.position };
    },

    async DeleteConnection(command, context) {
      const { connectionId } = command;
      const changed = await changeStream(context, {
        stream: connectionStream(connectionId),
        decider: connectionDecider,
        command,
        alongside: async (events, before) => {
          await storeSecrets(context, events, before, null, null);
          await release(context.session, {
            tenantId: context.tenantId,
            kind: 'connection_slug',
            holder: connectionId,
          });
        },
      });
      return { data: viewOf(changed, connectionId), position: changed.position };
    },
  };

  function refuseForbidden(upstreamUrl: string): void {
    if (URL.canParse(upstreamUrl) && !isAllowedUpstream(new URL(upstreamUrl))) {
      throw new Rejection(
        'connection.upstream_forbidden',
        'invalid',
        'The upstream is at an address this deployment does not allow.',
        [{ pointer: '/upstreamUrl', message: 'leads to a private or reserved address' }],
      );
    }
  }

  /** The secret the events speak of comes, the one they replace goes. */
  async function storeSecrets(
    { session, tenantId }: CommandContext,
    events: readonly ConnectionEvent[],
    before: ConnectionState | null,
    newId: string | null,
    credential: string | null | undefined,
  ): Promise<void> {
    const after = events.reduce(connectionDecider.evolve, before);
    const current = after?.secretId ?? null;
    if (current !== null && current === newId && credential)
      await secrets.addCredential(session, { id: current, tenantId, credential });
    const replaced = before?.secretId ?? null;
    if (replaced !== null && replaced !== current) await secrets.remove(session, replaced);
  }
}

async function takeSlug(
  { session, tenantId }: CommandContext,
  slug: string,
  connectionId: string,
): Promise<void> {
  const taken = await reserve(session, {
    tenantId,
    kind: 'connection_slug',
    value: slug,
    holder: connectionId,
  });
  if (!taken) {
    throw new Rejection(
      'connection.slug_taken',
      'conflict',
      'A connection of the organization has this slug.',
      [{ pointer: '/slug', message: 'is taken' }],
    );
  }
}

/** It is sent in a header: what no header can hold would make every call fail. */
function checkCredential(credential: string | null | undefined): void {
  if (
    credential === null ||
    credential === undefined ||
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(credential)
  )
    return;
  throw new Rejection(
    'connection.credential_invalid',
    'invalid',
    'The credential cannot be sent in a header.',
    [{ pointer: '/credential', message: 'must be printable ASCII without blanks at its ends' }],
  );
}

/** Without the fields that were left out; `null` is a value. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function viewOf({ before, after }: Changed, connectionId: string): ConnectionView {
  const record =
    OrganizationDirectory.of(after).connections.get(connectionId) ??
    OrganizationDirectory.of(before).connections.get(connectionId);
  if (!record) throw new Error(`Connection ${connectionId} is not in its own stream.`);
  return connectionView(record);
}
