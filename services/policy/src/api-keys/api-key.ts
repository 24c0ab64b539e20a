import type { PolicyDomainEvent } from '@portcullis/contracts';

export type ApiKeyEvent = Extract<PolicyDomainEvent, { type: 'ApiKeyCreated' | 'ApiKeyRevoked' }>;

export interface ApiKeyState {
  readonly label: string;
  readonly revoked: boolean;
}

export function evolveApiKey(state: ApiKeyState | null, event: ApiKeyEvent): ApiKeyState | null {
  switch (event.type) {
    case 'ApiKeyCreated':
      return { label: event.data.label, revoked: false };
    case 'ApiKeyRevoked':
      return state && { ...state, revoked: true };
  }
}

export function apiKeyStream(keyId: string): string {
  return `api-key-${keyId}`;
}
