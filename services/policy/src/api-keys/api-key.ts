import type { PolicyDomainEvent, Scope } from '@portcullis/contracts';

export type ApiKeyEvent = Extract<PolicyDomainEvent, { type: 'ApiKeyCreated' | 'ApiKeyRevoked' }>;

export interface ApiKeyState {
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Connection ids; null for all. */
  readonly connections: readonly string[] | null;
  readonly ownerId: string | null;
  readonly expiresAt: string | null;
  readonly revoked: boolean;
}

export function evolveApiKey(state: ApiKeyState | null, event: ApiKeyEvent): ApiKeyState | null {
  switch (event.type) {
    case 'ApiKeyCreated': {
      const { label, scopes, connections, ownerId, expiresAt } = event.data;
      return { label, scopes, connections, ownerId, expiresAt, revoked: false };
    }
    case 'ApiKeyRevoked':
      return state && { ...state, revoked: true };
  }
}

export function apiKeyStream(keyId: string): string {
  return `api-key-${keyId}`;
}
