import type { Scope } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import { evolveApiKey, type ApiKeyEvent, type ApiKeyState } from './api-key.js';
import { mayGrant } from './scopes.js';

/** What the creator of a key may hand on. */
export interface Grantor {
  readonly scopes: readonly string[];
  /** Connection ids; null for all. */
  readonly connections: readonly string[] | null;
}

export type ApiKeyCommand =
  | {
      type: 'CreateApiKey';
      keyId: string;
      secretId: string;
      prefix: string;
      label: string;
      agent: string | null;
      scopes: readonly Scope[];
      /** Connection ids; null for all. */
      connections: readonly string[] | null;
      boundUser: string | null;
      ownerId: string | null;
      expiresAt: string | null;
      now: string;
      /** Null only for what the deployment itself does, such as the first start. */
      grantor: Grantor | null;
    }
  | { type: 'RevokeApiKey'; keyId: string };

export const apiKeyDecider: Decider<ApiKeyState | null, ApiKeyCommand, ApiKeyEvent> = {
  initialState: null,
  evolve: evolveApiKey,
  decide(command, state) {
    if (command.type === 'CreateApiKey') return create(command, state);
    if (!state) throw new Rejection('api_key.not_found', 'not_found', 'No such API key.');
    if (state.revoked) return [];
    return [{ type: 'ApiKeyRevoked', data: { keyId: command.keyId, label: state.label } }];
  },
};

function create(
  command: Extract<ApiKeyCommand, { type: 'CreateApiKey' }>,
  state: ApiKeyState | null,
): ApiKeyEvent[] {
  if (state) throw new Rejection('api_key.exists', 'conflict', 'The API key exists already.');
  if (command.grantor) refuseExcess(command, command.grantor);
  if (command.expiresAt !== null && Date.parse(command.expiresAt) <= Date.parse(command.now)) {
    throw new Rejection('api_key.expired', 'invalid', 'The time of expiry has passed.', [
      { pointer: '/expiresAt', message: 'must be in the future' },
    ]);
  }
  const { keyId, secretId, prefix, label, agent, connections, boundUser, ownerId, expiresAt } = command;
  return [
    {
      type: 'ApiKeyCreated',
      data: {
        keyId,
        label,
        agent,
        prefix,
        boundUser,
        ownerId,
        expiresAt,
        secretId,
        scopes: [...new Set(command.scopes)],
        connections: connections && [...new Set(connections)],
      },
    },
  ];
}

/** Nobody makes a key that may do more than themselves. */
function refuseExcess(
  { scopes, connections }: Extract<ApiKeyCommand, { type: 'CreateApiKey' }>,
  grantor: Grantor,
): void {
  const excess = scopes.find((scope) => !mayGrant(grantor.scopes, scope));
  if (excess !== undefined) {
    throw new Rejection(
      'api_key.scope_not_held',
      'forbidden',
      `A key cannot grant a scope its creator lacks: ${excess}.`,
    );
  }
  const own = grantor.connections;
  if (own !== null && (connections === null || connections.some((id) => !own.includes(id)))) {
    throw new Rejection(
      'api_key.connection_not_held',
      'forbidden',
      'A key cannot reach connections its creator cannot.',
    );
  }
}
