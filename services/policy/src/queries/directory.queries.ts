import type { SqlSession } from '@portcullis/postgres';
import type { ApiKeyUsage } from '../api-keys/api-key-usage.js';
import { notFound } from '../commands/command-context.js';
import type { OrganizationDirectory } from '../directory/organization-directory.js';
import type { ConnectionRecord, PolicyRecord } from '../directory/records.js';
import {
  apiKeyView,
  connectionView,
  detectionView,
  killSwitchView,
  memberView,
  policyView,
} from '../directory/views.js';
import type { ReplicaStore } from '../follower/replica-store.js';
import { pageOf, type Page } from './page.js';
import type { Answer, QueryHandlers } from './query-handler.js';

export interface DirectoryQueriesDependencies {
  readonly database: SqlSession;
  readonly usage: ApiKeyUsage;
  readonly replicas: Pick<ReplicaStore, 'live'>;
}

type DirectoryQueries = Pick<
  QueryHandlers,
  | 'organization'
  | 'members'
  | 'apiKeys'
  | 'apiKey'
  | 'connections'
  | 'connection'
  | 'policies'
  | 'policy'
  | 'killSwitches'
  | 'detection'
>;

/** What the directory in memory knows, in views. */
export function directoryQueries({
  database,
  usage,
  replicas,
}: DirectoryQueriesDependencies): DirectoryQueries {
  return {
    organization: (_, { directory }) => ({ data: directory.organization }),
    members: (query, { directory }) =>
      answer(pageOf(directory.members.values(), query, byPosition, ['number']), memberView),

    async apiKeys(query, { directory }) {
      const keys = [...directory.apiKeys.values()].filter(
        (key) => query.includeRevoked || key.revokedAt === null,
      );
      const page = pageOf(keys, query, byPosition, ['number']);
      const lastUsed = await usage.lastUsedAt(
        database,
        page.items.map((key) => key.id),
      );
      return answer(page, (key) => apiKeyView(key, lastUsed.get(key.id) ?? null));
    },
    async apiKey({ keyId }, { directory }) {
      const key = directory.apiKeys.get(keyId);
      if (!key) throw notFound('api_key', 'API key');
      return { data: apiKeyView(key, (await usage.lastUsedAt(database, [keyId])).get(keyId) ?? null) };
    },

    connections: (query, { directory }) =>
      answer(pageOf(directory.connections.values(), query, byPosition, ['number']), connectionView),
    connection: (query, { directory }) => ({
      data: connectionView(connectionOf(directory, query.connection)),
    }),

    policies(query, { directory }) {
      const only = query.connection ? connectionOf(directory, query.connection).id : null;
      const policies = [...directory.policies.values()].filter(
        (policy) => only === null || policy.connectionId === only,
      );
      const page = pageOf(policies, query, (policy) => askedOrder(policy, directory), [
        'number',
        'number',
        'number',
        'number',
      ]);
      return answer(page, (policy) => policyView(policy, slugOf(directory, policy)));
    },
    policy({ policyId }, { directory }) {
      const policy = policyOf(directory, policyId);
      return { data: policyView(policy, slugOf(directory, policy)) };
    },

    detection: (_, { directory }) => ({ data: detectionView(directory) }),

    async killSwitches(query, { directory }) {
      const switches = [...directory.killSwitches.values()].filter(
        (one) => query.includeReleased || one.releasedAt === null,
      );
      const live = await replicas.live();
      return answer(
        pageOf(switches, query, ({ position }) => [-position], ['number']),
        (one) => killSwitchView(one, live),
      );
    },
  };
}

export function connectionOf(directory: OrganizationDirectory, idOrSlug: string): ConnectionRecord {
  const connection = directory.connection(idOrSlug);
  if (!connection) throw notFound('connection', 'connection');
  return connection;
}

export function policyOf(directory: OrganizationDirectory, policyId: string): PolicyRecord {
  const policy = directory.policies.get(policyId);
  if (!policy?.document) throw notFound('policy', 'policy');
  return policy;
}

function slugOf(directory: OrganizationDirectory, { connectionId }: PolicyRecord): string | null {
  return connectionId === null ? null : (directory.connections.get(connectionId)?.slug ?? null);
}

/** The organization's first, then each connection's, as the evaluator asks them. */
function askedOrder(policy: PolicyRecord, directory: OrganizationDirectory): number[] {
  const { connectionId, order, position } = policy;
  const connection = connectionId === null ? undefined : directory.connections.get(connectionId);
  return [connectionId === null ? 0 : 1, connection?.position ?? 0, order, position];
}

function byPosition({ position }: { position: number }): number[] {
  return [position];
}

export function answer<Item>({ items, cursor }: Page<Item>, view: (item: Item) => unknown): Answer {
  return { data: items.map(view), cursor };
}
