import type { ApiKeyView } from '@portcullis/contracts';
import { OrganizationDirectory } from '../directory/organization-directory.js';
import { apiKeyView } from '../directory/views.js';
import { changeStream, type Changed, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers } from '../commands/command-handler.js';
import { connectionNamed } from '../connections/connection-named.js';
import type { PostgresSecretStore } from '../secrets/postgres-secret-store.js';
import type { KeyHasher } from '../state/secret-store.js';
import { apiKeyDecider } from './api-key.decider.js';
import { apiKeyStream } from './api-key.js';
import type { ApiKeyUsage } from './api-key-usage.js';
import { creatorOf, type Creator } from './grantor.js';
import { newApiKey } from './new-api-key.js';

export interface ApiKeyCommandsDependencies {
  readonly secrets: PostgresSecretStore;
  readonly hasher: KeyHasher;
  readonly usage: ApiKeyUsage;
}

export function apiKeyCommands(
  dependencies: ApiKeyCommandsDependencies,
): Pick<CommandHandlers, 'CreateApiKey' | 'RevokeApiKey'> {
  return {
    async CreateApiKey(command, context) {
      const connections = command.connections ? await connectionIds(command.connections, context) : null;
      const creator = await creatorOf(context);
      const { changed, view, secret } = await createApiKey(
        dependencies,
        context,
        { ...command, connections },
        creator,
      );
      return { data: { ...view, secret }, position: changed.position };
    },
    async RevokeApiKey(command, context) {
      const changed = await changeStream(context, {
        stream: apiKeyStream(command.keyId),
        decider: apiKeyDecider,
        command,
      });
      const lastUsedAt = await dependencies.usage.lastUsedAt(context.session, [command.keyId]);
      return {
        data: viewOf(changed, command.keyId, lastUsedAt.get(command.keyId) ?? null),
        position: changed.position,
      };
    },
  };
}

export interface NewApiKeyFields {
  readonly label: string;
  readonly agent?: string | null | undefined;
  readonly scopes: ApiKeyView['scopes'];
  readonly connections: readonly string[] | null;
  readonly boundUser?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
}

/** Creates the key and its hash together. Without a creator, on behalf of the deployment itself. */
export async function createApiKey(
  { secrets, hasher }: Pick<ApiKeyCommandsDependencies, 'secrets' | 'hasher'>,
  context: CommandContext,
  fields: NewApiKeyFields,
  creator: Creator | { grantor: null; ownerId: string },
): Promise<{ changed: Changed; view: ApiKeyView; secret: string }> {
  const { secret, prefix, digest } = newApiKey();
  const keyId = context.newId();
  const secretId = context.newId();
  const changed = await changeStream(context, {
    stream: apiKeyStream(keyId),
    decider: apiKeyDecider,
    command: {
      type: 'CreateApiKey',
      keyId,
      secretId,
      prefix,
      label: fields.label,
      agent: fields.agent ?? null,
      scopes: fields.scopes,
      connections: fields.connections,
      boundUser: fields.boundUser ?? null,
      ownerId: creator.ownerId,
      expiresAt: fields.expiresAt ?? null,
      now: context.now,
      grantor: creator.grantor,
    },
    alongside: () =>
      secrets.addKeyHash(context.session, {
        id: secretId,
        tenantId: context.tenantId,
        hash: hasher.hash(digest),
      }),
  });
  return { changed, view: viewOf(changed, keyId, null), secret };
}

async function connectionIds(names: readonly string[], context: CommandContext): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push((await connectionNamed(name, context)).id);
  return ids;
}

function viewOf({ after }: Changed, keyId: string, lastUsedAt: string | null): ApiKeyView {
  const record = OrganizationDirectory.of(after).apiKeys.get(keyId);
  if (!record) throw new Error(`API key ${keyId} is not in its own stream.`);
  return apiKeyView(record, lastUsedAt);
}
