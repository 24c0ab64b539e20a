import type { PolicyDomainEvent, PolicyEventData } from '@portcullis/contracts';

export type ConnectionEvent = Extract<
  PolicyDomainEvent,
  {
    type:
      | 'ConnectionCreated'
      | 'ConnectionChanged'
      | 'ConnectionCredentialRotated'
      | 'ConnectionEnabled'
      | 'ConnectionDisabled'
      | 'ConnectionDeleted';
  }
>;

export type ConnectionSettings = Omit<PolicyEventData<'ConnectionCreated'>, 'connectionId' | 'secretId'>;

export interface ConnectionState {
  readonly settings: ConnectionSettings;
  /** Where the credential is; null when there is none. */
  readonly secretId: string | null;
  readonly enabled: boolean;
  readonly deleted: boolean;
}

export function evolveConnection(
  state: ConnectionState | null,
  event: ConnectionEvent,
): ConnectionState | null {
  if (event.type === 'ConnectionCreated') {
    const { connectionId: _, secretId, ...settings } = event.data;
    return { settings, secretId, enabled: true, deleted: false };
  }
  if (!state) return null;
  switch (event.type) {
    case 'ConnectionChanged':
      return { ...state, settings: { ...state.settings, ...event.data.after } };
    case 'ConnectionCredentialRotated':
      return { ...state, secretId: event.data.secretId };
    case 'ConnectionEnabled':
      return { ...state, enabled: true };
    case 'ConnectionDisabled':
      return { ...state, enabled: false };
    case 'ConnectionDeleted':
      return { ...state, enabled: false, secretId: null, deleted: true };
  }
}

export function connectionStream(connectionId: string): string {
  return `connection-${connectionId}`;
}
